"""Large objects, which pg_dump takes all or none of: why a login may not have them, and what to grant."""

from typing import Any

from bot.postgres.tables import quoted


def refused(login: str, row: tuple[Any, ...]) -> tuple[str, str]:
    """The reason and the cure, both empty where all may be read; a row of `unreadable_large_objects`."""
    total, unreadable, owners, superusers = row
    if not unreadable:
        return "", ""
    grants = [f"GRANT {owner} TO {quoted(login)}" for owner in owners]
    # Whoever is a member of a superuser can become one.
    grants += [f"GRANT SELECT ON LARGE OBJECT … TO {quoted(login)}"] if superusers else []
    return (
        f"{login} may not read {unreadable:,} of {total:,}, and pg_dump takes all or none",
        f"pg_read_all_data does not cover them: `{'; '.join(grants)}`",
    )
