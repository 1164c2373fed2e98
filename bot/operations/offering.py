"""`/restore` alone: for each database what could be restored, and what that would change. It never errs."""

from dataclasses import replace
from datetime import timedelta

import psycopg

from bot.domain.backup import Backup
from bot.domain.catalogue import default_choice
from bot.domain.findings import Outcome
from bot.domain.judgement import judge
from bot.domain.observation import Unreadable
from bot.domain.restoring.made import Kind
from bot.domain.state import State
from bot.errors import Refused
from bot.operations import catalogue, people, planning
from bot.operations.incoming import login, of_backup
from bot.operations.observing import Reading, compare, read
from bot.operations.services import Services
from bot.postgres.lease import maintenance
from bot.postgres.stage import present, sizes
from bot.postgres.unreachable import Unreachable
from bot.slack.blocks import Message
from bot.slack.views import offer as view
from bot.store import made

#: Somebody waits for the answer: what is not counted by then is not known.
TIME = timedelta(seconds=10)
#: How many older backups are offered beside the newest.
OLDER = 2
_WORDS = {
    Outcome.PASS: "🟢 all there",
    Outcome.WARN: "🟠 all there, with warnings",
    Outcome.BLOCK: "🔴 blocked",
}


def cards(services: Services, user_id: str) -> Message:
    """Of the databases that this person may ask about."""
    shown = [_card(services, name) for name in people.open_to(services, user_id)]
    return view.cards(shown, services.store.now())


def _card(services: Services, name: str) -> view.Card:
    known = catalogue.known(services, name)
    proposed = default_choice(known).backup
    state = read(services, name, Reading(purpose="cards", time_budget=TIME))
    card = view.Card(
        database=name,
        environment=services.database(name).environment,
        verdict=_verdict(services, name, state),
        proposed=proposed,
        older=_older(known, proposed),
        kept=_kept(services, name),
    )
    return card if proposed is None else _with_changes(services, card, proposed, state)


def _verdict(services: Services, name: str, state: State | Unreadable) -> str:
    verdict = judge(compare(services, name, state))
    codes = ", ".join(code.value for code in verdict.codes()[:3])
    return f"{_WORDS[verdict.outcome]}{f': {codes}' if codes else ''}"


def _older(known: tuple[Backup, ...], proposed: Backup | None) -> tuple[Backup, ...]:
    good = [backup for backup in known if backup.proven_good and backup is not proposed]
    return tuple(good[:OLDER])


def _kept(services: Services, name: str) -> tuple[view.Kept, ...]:
    """What is set aside on the server; where that does not answer, all that is known of, without sizes."""
    with services.store.transaction() as connection:
        kept = made.there(connection, name, Kind.ASIDE)
    found = _on_server(services, name, [each.name for each in kept])
    if found is None:
        return tuple(view.Kept(aside=each, size_bytes=None) for each in kept)
    return tuple(view.Kept(aside=each, size_bytes=found[each.name]) for each in kept if each.name in found)


def _on_server(services: Services, name: str, databases: list[str]) -> dict[str, int | None] | None:
    """Those that are there, with their sizes as far as they may be known; None where it does not answer."""
    place = services.database(name).maintenance_database
    try:
        with maintenance(login(services, name), purpose="cards", maintenance_database=place) as connection:
            known = sizes(connection, databases)
            return {each: known.get(each) for each in present(connection, databases)}
    except (Unreachable, psycopg.Error):
        return None


def _with_changes(
    services: Services, card: view.Card, proposed: Backup, state: State | Unreadable
) -> view.Card:
    try:
        memory = planning.remember(services, card.database)
        found = planning.judge(memory, of_backup(proposed), state)
    except Refused as refused:
        return replace(card, problem=refused.reason)
    return replace(card, changes=found.changes)
