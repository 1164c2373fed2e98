"""What these tests ask of a script."""

from bot.domain.sql_risk.reading import risks
from bot.domain.sql_risk.risk import Kind


def found(sql: str) -> list[tuple[Kind, str]]:
    """What is done to what, in order."""
    return [(risk.hazard.kind, risk.hazard.subject) for risk in risks(sql, "migration.sql")]


def kinds(sql: str) -> set[Kind]:
    return {kind for kind, _ in found(sql)}
