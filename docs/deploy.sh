#!/bin/sh
# Deploys one release behind Secondkey's gate, for teams without CI. Run it in the release's checkout:
#
#     docs/deploy.sh v1.4.0 npx prisma migrate deploy
#
# From the environment, none of it as an argument:
#
#     DATABASE_URL      the release's connection string: compared with the protected database
#     SECONDKEY_CONFIG  where secondkey.toml lies
#     DATABASE          the protected database; not needed where there is only one
#     MIGRATIONS        the release's migrations folder; not needed where the configuration names it
#     REPORT            where the report goes (deployment.md)
#
# It ends as `secondkey deploy` does: 0 deployed, 3 the gate is shut and nothing was run, otherwise as the command
# did, but 1 where that was 0 and data is missing. Roll the application out only after 0:
#
#     docs/deploy.sh v1.4.0 npx prisma migrate deploy && ./roll-out v1.4.0
set -eu

if [ "$#" -lt 2 ]; then
    echo "usage: $0 RELEASE COMMAND [ARGUMENT...]" >&2
    exit 2
fi
if ! command -v secondkey > /dev/null; then
    echo "secondkey is not installed here, or not in PATH: nothing was run" >&2
    exit 127
fi

release=$1
shift
command=$*
report=${REPORT:-deployment.md}

set -- -- "$@"
if [ -n "${MIGRATIONS:-}" ]; then
    set -- --migrations "$MIGRATIONS" "$@"
fi
if [ -n "${DATABASE:-}" ]; then
    set -- --database "$DATABASE" "$@"
fi

echo "$release: judging the database, then running: $command; the report goes to $report" >&2
# In place of this shell, so that every signal and the exit code are the wrapper's own.
exec secondkey deploy "$release" --summary "$report" "$@"
