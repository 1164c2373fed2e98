"""`/incident`: parse, call one operation, reply."""

from typing import assert_never

from bot.domain.grammar import Help
from bot.domain.incidents import grammar
from bot.domain.incidents.incident import Incident, Role
from bot.domain.words import REASON_CHARS, TEXT_CHARS
from bot.operations import people
from bot.operations.incidents import closing, drafting, opening, talking
from bot.operations.services import Services
from bot.slack.views import help as help_view
from bot.slack.views import incident_talk as view
from bot.slack.views import replies
from handlers.calls import Call


def command(services: Services, call: Call) -> None:
    here = talking.in_channel(services, call.channel)
    asked = grammar.parse(call.text, list(services.settings.databases), here.database if here else None)
    match asked:
        case Help():
            call.reply(help_view.incident())
        case grammar.ListIncidents():
            call.reply(talking.listing(services, people.open_to(services, call.user)))
        case grammar.OpenIncident(database=database, what=what):
            _open(services, call, database, what)
        case grammar.CloseIncident(database=database, reason=reason, anyway=anyway):
            _close(services, call, database, reason, anyway, here)
        case _:
            _carry_on(services, call, asked, _concerned(services, call, asked.database, here))


def _carry_on(services: Services, call: Call, asked: grammar.WhileOpen, incident: Incident) -> None:
    match asked:
        case grammar.IncidentStatus():
            call.reply(talking.status(services, incident))
        case grammar.GiveRole(role=role, person=person):
            _give_role(services, call, incident, role, person)
        case grammar.Note(text=text):
            _note(services, call, incident, text)
        case grammar.Update(text=text):
            _update(services, call, incident, text)
        case grammar.DraftTexts():
            for draft in drafting.write(services, incident):
                call.reply(draft)
        case unknown:
            assert_never(unknown)


def send_button(services: Services, call: Call) -> None:
    """ "Send to #channel"; the value is the draft's id."""
    incident = drafting.incident_of(services, call.text)
    people.refuse_unless_requester(services, call.user, incident.database)
    call.reply(drafting.send(services, call.text, call.user))


def _open(services: Services, call: Call, database: str, what: str) -> None:
    people.refuse_unless_requester(services, call.user, database)
    if _asked(call, what, f"open {database}", "What happened?", REASON_CHARS):
        return
    incident = opening.by_person(services, database, what, call.user)
    call.reply(view.opening(incident, services.database(database).incidents))


def _give_role(services: Services, call: Call, incident: Incident, role: Role, typed: str) -> None:
    person = talking.whom(services, incident, typed) if typed else call.user
    talking.give_role(services, incident, role, person, call.user, call.key)
    _confirm(call, incident, "It is told in the incident's channel.")


def _note(services: Services, call: Call, incident: Incident, text: str) -> None:
    if _asked(call, text, _about(call, "note", incident), "What is to be in the timeline?", TEXT_CHARS):
        return
    talking.note(services, incident, text, call.user, call.key)
    _confirm(call, incident, "It is in the timeline.")


def _update(services: Services, call: Call, incident: Incident, text: str) -> None:
    label = "How does it stand? Everybody reads it."
    if _asked(call, text, _about(call, "update", incident), label, TEXT_CHARS):
        return
    talking.update(services, incident, text, call.user, call.key)
    _confirm(call, incident, "It is told to everybody who waits for it.")


def _close(
    services: Services, call: Call, database: str, reason: str, anyway: bool, here: Incident | None
) -> None:
    people.refuse_unless_requester(services, call.user, database)
    incident = _meant(services, database, here)
    words = f"{_about(call, 'close', incident)}{' anyway' if anyway else ''}"
    if _asked(call, reason, words, "What ended it, as far as it is known?", REASON_CHARS):
        return
    operation = closing.request(services, incident, reason, call.user, anyway=anyway)
    call.reply(replies.started_elsewhere(operation, operation.request["channel"]))


def _confirm(call: Call, incident: Incident, text: str) -> None:
    """Whoever is in the incident's channel sees it there."""
    if call.channel != incident.channel:
        call.reply(view.done(text))


def _asked(call: Call, text: str, words: str, label: str, most: int) -> bool:
    """Where the words were left out they are asked for in a form, if there is a way to show one."""
    if text or call.open is None:
        return False
    call.open(view.words_form(words, label, call.channel, most))
    return True


def _about(call: Call, word: str, incident: Incident) -> str:
    """What a text is to follow. In the incident's own channel any word begins the text: no name stands
    before it."""
    return word if call.channel == incident.channel else f"{word} {incident.database}"


def _meant(services: Services, database: str, here: Incident | None) -> Incident:
    """The open incident; in the channel of one that is closed none is."""
    if here is not None:
        talking.refuse_closed(here)
    return talking.the_open(services, database)


def _concerned(services: Services, call: Call, database: str, here: Incident | None) -> Incident:
    """The open incident, for whoever works on it: those who are in its channel, and the requesters."""
    incident = _meant(services, database, here)
    if not (incident.channel == call.channel and call.user in _present(services, incident)):
        people.refuse_unless_requester(services, call.user, database)
    return incident


def _present(services: Services, incident: Incident) -> frozenset[str]:
    return services.slack.members(services.slack.channel(incident.channel))
