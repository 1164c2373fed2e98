"""What the bot does for itself: pins its workspace, forgets what is old, says what is left to do."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from psycopg import Connection

from bot.domain.scheduling import cron
from bot.domain.scheduling.timetable import Timetable
from bot.errors import Refused
from bot.operations import keeping
from bot.operations.alerting.digest import post_digest
from bot.operations.posting import post
from bot.operations.scheduling.beginning import begin
from bot.operations.scheduling.planned import Planned, planned
from bot.operations.services import Services
from bot.repository.keys import Keys
from bot.slack.views import replies
from bot.store import audit, facts
from bot.store.database import Store
from bot.store.retention import forget_old
from bot.store.schedules import Schedule, Schedules

_TEAM = "slack-team"


def pin_team(services: Services) -> None:
    """The first workspace is the only one; raises `Refused` for another behind the same configuration."""
    directory = services.slack
    with services.store.transaction() as connection:
        pinned = facts.get(connection, _TEAM)
        if pinned is None:
            facts.put(connection, _TEAM, {"id": directory.team_id, "name": directory.team})
            audit.append(
                connection, actor="secondkey", action="team.pinned", subject=directory.team_id, detail={}
            )
    if pinned is not None and pinned["id"] != directory.team_id:
        raise Refused(
            "other-workspace",
            f"the tokens belong to the workspace {directory.team} ({directory.team_id}), but this state "
            f"belongs to {pinned['name']} ({pinned['id']}); nothing was started",
            "use that workspace's tokens, or a state of its own for this one",
        )


def log_new_key(store: Store, keys: Keys) -> None:
    """A signing key that was made just now begins its life in the audit log."""
    with store.transaction() as connection:
        audit.append(
            connection,
            actor="secondkey",
            action="key.created",
            subject=keys.fingerprint,
            detail={"file": str(keys.path)},
        )


def export_key(services: Services, to: Path, by: str) -> None:
    """Copy the signing key, and remember who did and where to. Raises as `Keys.export` does."""
    keys = services.repository.keys
    keys.export(to)
    with services.store.transaction() as connection:
        audit.append(
            connection,
            actor=by,
            action="key.exported",
            subject=keys.fingerprint,
            detail={"file": str(to.absolute())},
        )


def say_what_is_left_to_do(services: Services) -> None:
    """Remind the bot's channel, until it is done, that the signing key needs a copy elsewhere."""
    with services.store.transaction() as connection:
        _remind(services, connection)


def schedules(services: Services) -> Schedules:
    """What is done at certain times of the day, by whichever replica comes first."""
    return Schedules(
        services.store,
        (
            *map(partial(_scheduled, services), planned(services)),
            *_digest(services),
            Schedule(name="forget-old", times=_utc("17 3 * * *"), act=forget_old),
            Schedule(
                name="drop-what-was-kept",
                times=_utc("37 * * * *"),
                act=lambda connection: keeping.sweep(services, connection),
            ),
            Schedule(
                name="say-what-is-left-to-do",
                times=_utc("0 8 * * *"),
                act=lambda connection: _remind(services, connection),
            ),
        ),
    )


def _digest(services: Services) -> Iterator[Schedule]:
    """Where it is wanted."""
    alerts = services.settings.alerts
    if alerts.digest is not None:
        yield Schedule(
            name="digest",
            times=Timetable(cron=alerts.digest, zone=alerts.time_zone),
            act=lambda connection: post_digest(services, connection),
        )


def _scheduled(services: Services, plan: Planned) -> Schedule:
    return Schedule(
        name=plan.name, times=plan.times, act=lambda connection: begin(services, connection, plan)
    )


def _utc(text: str) -> Timetable:
    return Timetable(cron=cron.read(text))


def _remind(services: Services, connection: Connection[Any]) -> None:
    slack = services.settings.slack
    keys = services.repository.keys
    if slack is None or keys.exported:
        return
    message = replies.notice(
        "The signing key lies on one machine only.",
        "Without it no backup can be proven genuine after that machine is lost.",
        "`secondkey keys export FILE` makes a copy: keep it elsewhere.",
        f"Its fingerprint is `{keys.fingerprint}`: pin it as `repository.signing_key_fingerprint`.",
    )
    key = f"notice:key-not-exported:{services.store.now():%Y-%m-%d}"
    post(connection, key, slack.channel, message)
