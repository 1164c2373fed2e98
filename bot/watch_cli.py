"""The watch from a terminal. Imports are inside, so that --help is quick."""

from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from bot import console
from bot.errors import UsageError
from bot.options import Config, Json

if TYPE_CHECKING:
    from bot.domain.alerting.alert import Alert
    from bot.domain.alerting.maintenance import MaintenanceWindow
    from bot.domain.observation import ServerFacts
    from bot.operations.services import Services

#: What `secondkey watch` can be told.
_ACTS = "status [DATABASE] | quiet [DATABASE] DURATION TEXT | resume [DATABASE]"


def watch(
    words: Annotated[list[str] | None, typer.Argument(metavar=f"[{_ACTS}]", show_default=False)] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show which alerts are open, and open or end a maintenance window in which alerts call nobody.

    `status` ends with 1 where one is critical.
    """
    from bot.config.values import read_duration
    from bot.domain.alerting import grammar
    from bot.domain.grammar import Help
    from bot.inline import login
    from bot.operations.alerting import quieting

    with console.services(config, as_json) as services:
        names = list(services.settings.databases)
        match grammar.parse(" ".join(words or []), names):
            case grammar.WatchStatus(database=database):
                _status(services, [database] if database else names, as_json)
            case grammar.Quiet(scope=scope, length=length, reason=reason):
                window = quieting.begin(services, scope, read_duration(length), reason, login())
                console.show(
                    as_json,
                    _window_json(window),
                    [f"{scope} is quiet until {window.until:%Y-%m-%d %H:%M} UTC"],
                )
            case grammar.Resume(scope=scope):
                window = quieting.resume(services, scope, login())
                console.show(as_json, _window_json(window), [f"{scope} is quiet no more"])
            case Help():
                raise UsageError("say what to do", f"secondkey watch {_ACTS}")
            case unknown:
                assert_never(unknown)


def _status(services: "Services", names: list[str], as_json: bool) -> None:
    from bot.domain.findings import Severity
    from bot.operations.alerting import standing
    from bot.slack.blocks import plain
    from bot.slack.views import watch as view

    found, windows, now = standing.look(services, names)
    followers = standing.followers(services, names)
    message = view.standing(found, windows, now, followers)
    data = {
        "alerts": list(map(_alert_json, found)),
        "maintenance": list(map(_window_json, windows)),
        "replication": {name: _replication_json(facts) for name, facts in followers.items()},
    }
    lines = [line for block in message.blocks for line in plain(block["text"]["text"])]
    console.show(as_json, data, lines)
    raise typer.Exit(1 if any(each.severity is Severity.CRITICAL for each in found) else 0)


def _alert_json(alert: "Alert") -> dict[str, Any]:
    return {
        "id": alert.id,
        "cause": alert.cause.key,
        "database": alert.cause.database or None,
        "severity": alert.severity.value,
        "codes": list(dict.fromkeys(found.code.value for found in alert.findings)),
        "since": alert.since.isoformat(),
        "seen_at": alert.seen_at.isoformat(),
        "acknowledged_by": list(alert.acknowledged_by),
        "calm": alert.aloud_at is None,
    }


def _replication_json(facts: "ServerFacts") -> dict[str, Any]:
    return {
        "replicas": [
            {
                "name": each.name,
                "state": each.state,
                "sync": each.sync,
                "lag_seconds": None if each.lag is None else each.lag.total_seconds(),
                "behind_bytes": each.behind_bytes,
            }
            for each in facts.replicas
        ],
        "slots": [
            {"name": each.name, "active": each.active, "kept_bytes": each.kept_bytes} for each in facts.slots
        ],
        "not_known": [each.reason for each in facts.unseen],
    }


def _window_json(window: "MaintenanceWindow") -> dict[str, Any]:
    return {
        "scope": window.scope,
        "by": window.by,
        "reason": window.reason,
        "since": window.since.isoformat(),
        "until": window.until.isoformat(),
    }
