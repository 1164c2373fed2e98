"""The commands of a release in their order, and those of the way back, as they are typed into a terminal."""

import shlex
from dataclasses import dataclass

from bot.domain.deploying.plan import ReleasePlan
from bot.domain.migrations import Tool

#: What each tool is told to apply what is pending; a team's own command may be another.
_APPLY = {
    Tool.PRISMA.value: "npx prisma migrate deploy",
    Tool.ALEMBIC.value: "alembic upgrade head",
    Tool.DJANGO.value: "python manage.py migrate",
    Tool.FLYWAY.value: "flyway migrate",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    what: str
    #: empty where people do it by other means
    command: str = ""


def before(plan: ReleasePlan) -> tuple[Step, ...]:
    name, release = plan.database, plan.release
    backup = Step(what="Make and prove a backup", command=_typed("backup", name, f"before {release}"))
    return (
        Step(what="Look whether it is the right database, and whole", command=_typed("verify", name)),
        *(() if plan.makes_backup else (backup,)),
        Step(
            what="Try the release on a restored copy",
            command=f"{_typed('rehearse', release, '--database', name, *_folder(plan))} -- {apply(plan)}",
        ),
    )


def during(plan: ReleasePlan) -> tuple[Step, ...]:
    deploy = _typed("deploy", plan.release, "--database", plan.database, *_folder(plan))
    made = ", backup" if plan.makes_backup else ""
    return (
        Step(what=f"Gate{made}, counts, release, counts again, report", command=f"{deploy} -- {apply(plan)}"),
        Step(what="How far it is", command=_typed("deployment", "status", plan.database)),
    )


def after(plan: ReleasePlan) -> tuple[Step, ...]:
    return (
        Step(what="Look again", command=_typed("verify", plan.database)),
        Step(what="What was recorded", command=_typed("deployment", "history", plan.database)),
        Step(what="Test the application, and tick it: ✅ below the deployment's message"),
    )


def recovery(plan: ReleasePlan) -> tuple[Step, ...]:
    """First actions first: stopping takes one person, restoring takes two."""
    name, why = plan.database, f"after {plan.release}"
    backup = ("--backup", plan.way_back.id) if plan.way_back and not plan.makes_backup else ()
    return (
        Step(what="Stop traffic", command=_typed("traffic", "stop", name, why)),
        Step(
            what="Stop deployments",
            command=_typed("deployment", "freeze", name, "--reason", why),
        ),
        Step(
            what="End the release, and close its window if it is open",
            command=_typed("deployment", "abort", name, "--reason", why),
        ),
        Step(what="Look what is missing, and where else it lies", command=_typed("verify", name)),
        Step(
            what="Ask for the backup back: a second person decides",
            command=_typed("restore", name, *backup, "--reason", why),
        ),
        Step(what="Verify what is live now", command=_typed("verify", name)),
        Step(what="Roll the application back to the release that fits this schema"),
        Step(
            what="Start traffic, where the restore did not",
            command=_typed("traffic", "start", name, "restored"),
        ),
        Step(
            what="Let deployments begin again",
            command=_typed("deployment", "thaw", name, "--reason", "restored"),
        ),
    )


def apply(plan: ReleasePlan) -> str:
    """The release's own command, as its tool usually has it; `COMMAND` where that is not known."""
    return _APPLY.get(plan.tool, "COMMAND")


def _folder(plan: ReleasePlan) -> tuple[str, ...]:
    return ("--migrations", plan.migrations) if plan.migrations else ()


def _typed(*words: str) -> str:
    return shlex.join(("secondkey", *words))
