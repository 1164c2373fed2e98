"""How soon an incident has its channel, with evidence: `python -m benchmarks.incident [TIMES] [TABLES]`.

The losses of `benchmarks.detection`, one after the other, on databases that have a backup. As Slack has it:
from the alert's message to the evidence, with the way back, in a channel that was made for it.
"""

import random
import sys
import time
from statistics import median

from benchmarks.detection import (
    LOSSES,
    TABLES,
    TICK,
    Loss,
    act,
    cause_is_open,
    finished,
    forget,
    read,
    told,
    until,
    watched,
)
from bot.domain.backup import Kind
from bot.domain.incidents.incident import Incident
from bot.operations import backup
from bot.operations.incidents import closing
from bot.operations.services import Services
from bot.simulator.server import Simulator
from bot.store import incidents

TIMES = 3
#: No row of people's data is lost with it: it is an alert, and the gate stays shut.
WITHOUT_INCIDENT = "emptied"
#: An incident that does not stand by then, in seconds, came too late.
IN_TIME = 10.0


def main(times: int = TIMES, tables: int = TABLES) -> None:
    losses = [loss for loss in LOSSES if loss.name != WITHOUT_INCIDENT]
    with watched(tables) as (services, simulator, dsns):
        for loss in losses:
            asked = backup.request(services, loss.name, Kind.MANUAL, "", "cli:benchmark", "ops")
            finished(services, asked)
        print(f"{tables:,} tables; seconds from the alert in Slack to the evidence in the incident's channel")
        for loss in losses:
            show(loss, [once(services, simulator, loss, dsns, number) for number in range(times)])


def once(
    services: Services, simulator: Simulator, loss: Loss, dsns: dict[str, str], number: int
) -> float | None:
    """None where there was no incident, or no evidence in it."""
    time.sleep(random.uniform(0, TICK))  # noqa: S311
    known = told(simulator, loss)
    place = dsns["" if loss.outside else loss.name]
    act(place, loss, loss.lose, number)
    until(lambda: told(simulator, loss) - known and evidence(services, simulator, loss))
    alerts, shown = told(simulator, loss) - known, evidence(services, simulator, loss)
    act(place, loss, loss.mend, number)
    until(lambda: not cause_is_open(services, loss.name))
    if incident := standing(services, loss):
        finished(services, closing.request(services, incident, "over", "cli:benchmark", anyway=True))
    forget(services, loss.name)
    return float(shown) - float(min(alerts)) if alerts and shown else None


def evidence(services: Services, simulator: Simulator, loss: Loss) -> str:
    """When the evidence with the way back was posted; empty where it was not yet."""
    incident = standing(services, loss)
    if incident is None or not incident.channel:
        return ""
    messages = read(simulator, f"messages?channel={incident.channel_name}")
    offered = (each["ts"] for each in messages if "Prepare restore" in str(each.get("blocks")))
    return next(offered, "")


def standing(services: Services, loss: Loss) -> Incident | None:
    with services.store.transaction() as connection:
        return incidents.open_of(connection, loss.name)


def show(loss: Loss, found: list[float | None]) -> None:
    seconds = [each for each in found if each is not None]
    in_time = sum(each <= IN_TIME for each in seconds)
    figures = f"median {median(seconds):5.1f}, worst {max(seconds):5.1f}" if seconds else "no incident"
    print(f"{loss.name:10} {in_time:3} of {len(found)} within {IN_TIME:.0f} s; {figures}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
