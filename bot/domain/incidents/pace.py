"""When people are asked for news."""

from datetime import datetime, timedelta

from bot.domain.incidents.incident import Incident


def update_due(incident: Incident, now: datetime, every: timedelta) -> bool:
    """Nobody said how it stands for so long, and nobody was asked to."""
    return now - _last(incident.opened_at, incident.updated_at, incident.reminded_at) >= every


def draft_due(incident: Incident, now: datetime, every: timedelta) -> bool:
    """It is time for a word to those outside."""
    return now - _last(incident.opened_at, incident.drafted_at) >= every


def _last(*times: datetime | None) -> datetime:
    return max(each for each in times if each is not None)
