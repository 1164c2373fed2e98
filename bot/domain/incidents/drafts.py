"""What could be said outside: short, from known facts only; what is not known is a question in brackets."""

from bot import wording
from bot.domain.incidents.account import Account
from bot.domain.incidents.evidence import elsewhere, rows_lost
from bot.domain.incidents.incident import Kind


def stakeholders(account: Account) -> str:
    """For those who have to know inside the company."""
    incident = account.incident
    return "\n".join(
        (
            f"{'Incident' if incident.is_open else 'Incident closed'}: {incident.database}",
            f"What: {account.words(incident.what)}",
            f"Noticed: {wording.moment(account.noticed_at or incident.opened_at)}",
            f"Missing: {_missing(account)}",
            f"State: {_state(account)}",
            f"Lead: {account.name(incident.lead) if incident.lead else '[who?]'}",
            "Who is affected: [who cannot work, and how?]",
            f"Next news: {'[when?]' if incident.is_open else 'the report, in the channel of the incident'}",
        )
    )


def customers(account: Account) -> str:
    """For people who use the product: no names of databases, tables or persons, and no promises."""
    incident = account.incident
    since = wording.moment(account.noticed_at or incident.opened_at)
    begins = {
        Kind.DATA_LOSS: f"Since {since} some data is not available.",
        Kind.WRONG_DATABASE: f"Since {since} the wrong data may be shown.",
        Kind.REPORTED: f"Since {since} there is a problem: [what do customers notice?].",
    }
    if not incident.is_open:
        begins[Kind.DATA_LOSS] = f"From {since} on some data was not available."
        begins[Kind.WRONG_DATABASE] = f"From {since} on the wrong data may have been shown."
        begins[Kind.REPORTED] = f"From {since} on there was a problem: [what did customers notice?]."
    return "\n".join(
        (
            f"{begins[incident.kind]} [What can customers not do?]",
            _outlook(account),
            "What customers should do: [nothing, or what?]",
        )
    )


def _missing(account: Account) -> str:
    """How many is a business figure, and the channels are wide."""
    evidence = account.incident.evidence
    lost = rows_lost(evidence) if evidence else None
    if evidence is None or lost is None:
        return "[what, in which tables?]"
    tables = wording.listed([each.table for each in evidence.counts], 3)
    there = "; rows were found elsewhere on the server" if elsewhere(evidence) else ""
    return f"rows in {tables}, as counted {wording.moment(evidence.looked_at)}{there}"


def _state(account: Account) -> str:
    incident = account.incident
    if not incident.is_open:
        return f"closed: {account.words(incident.reason)}"
    if incident.update and incident.updated_at:
        return f"{account.words(incident.update)} ({wording.moment(incident.updated_at)})"
    if account.restores:
        last = account.restores[-1]
        return f"{last.source} was restored {wording.moment(last.at)}"
    evidence = incident.evidence
    if evidence and evidence.way_back:
        return f"a backup of {wording.moment(evidence.way_back.made_at)} can be restored; [is it being done?]"
    return "[what is being done?]"


def _outlook(account: Account) -> str:
    if account.restores:
        return f"Data was restored {wording.moment(account.restores[-1].at)}. [Is anything still missing?]"
    if account.incident.is_open:
        return "We are working on it. [When is it over?]"
    return "[How did it end for customers?]"
