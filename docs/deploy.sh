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
# did, but 1 where that was 0 and data is missing. Roll the application out only after 0.
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
report=${REPORT:-deployment.md}

set -- -- "$@"
if [ -n "${MIGRATIONS:-}" ]; then
    set -- --migrations "$MIGRATIONS" "$@"
fi
if [ -n "${DATABASE:-}" ]; then
    set -- --database "$DATABASE" "$@"
fi

code=0
secondkey deploy "$release" --summary "$report" "$@" || code=$?

case $code in
    0) said="deployed: roll the application out, test it, and tick that in Slack" ;;
    1) said="NOT WELL: read the report; where data is missing, secondkey traffic stop is the first move" ;;
    2 | 4) said="refused, as said above: nothing was run" ;;
    3) said="the gate is shut: nothing was run, and the report or the words above say why" ;;
    5) said="another process deploys this release, and goes on: nothing was run here" ;;
    124) said="the time was over: the command was ended, and the report says how things stand" ;;
    130) said="interrupted: the command was ended, and the window was closed with its report" ;;
    *) said="the release's command failed, with code $code: the report says what it did" ;;
esac
echo "$release: $said" >&2
exit "$code"
