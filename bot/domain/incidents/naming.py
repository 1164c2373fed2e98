"""What the channel of an incident is called."""

import re
from collections.abc import Iterator

from bot.domain.incidents.incident import Incident

#: Slack's limit.
CHARS = 80
#: Room for a number behind it.
_NUMBER = 3
#: How many names are tried before there is something else wrong.
MOST = 20
_OTHERS = re.compile(r"[^a-z0-9]+")


def channel_names(incident: Incident) -> Iterator[str]:
    """`inc-2025-10-08-projectledger-data-loss`, then with `-2` and so on, for where it is taken."""
    words = f"inc-{incident.opened_at:%Y-%m-%d}-{incident.database}-{incident.kind}"
    name = _OTHERS.sub("-", words.casefold())[: CHARS - _NUMBER].strip("-")
    yield name
    yield from (f"{name}-{number}" for number in range(2, MOST + 1))
