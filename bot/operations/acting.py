"""One approved restore or undo at work: what it is about, and what each of its parts needs to know."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.domain.approval import Request
from bot.domain.backup import Backup
from bot.domain.observation import Unreadable
from bot.domain.operation import Kind
from bot.domain.restoring.choosing import refuse_unusable
from bot.domain.state import State
from bot.operations import approval, copies, incoming, planning
from bot.operations.attempt import Attempt
from bot.operations.incoming import Incoming
from bot.operations.journal import Journal
from bot.operations.observing import Reading, read
from bot.operations.planning import Memory, Situation
from bot.operations.preparing import order
from bot.operations.services import Services
from bot.operations.vetoes import Vetoed
from bot.postgres.lease import Lease, hold
from bot.postgres.naming import Names
from bot.slack.blocks import Message
from bot.slack.views import restore as view
from bot.slack.views.steps import Step


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is about to become live, as it was read last while nobody was in it."""

    name: str
    oid: int
    state: State
    #: what a DBA has to do afterwards
    for_a_dba: tuple[str, ...] = ()


class Act:
    """An attempt to carry out what people approved."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.operation = attempt.operation
        self.services: Services = attempt.services
        self.database = attempt.operation.database
        self.request: Request = approval.load(attempt.services, attempt.operation.id)
        self.journal = Journal(attempt, self.draw)
        self._incoming: Incoming | None = None

    @property
    def undoes(self) -> bool:
        """It brings back a set-aside database."""
        return self.operation.kind is Kind.UNDO

    @property
    def names(self) -> Names:
        """A copy that was made for an earlier request has a name of its own."""
        names = Names(**self.operation.request["names"])
        candidate = self.journal.facts.get("candidate", names.candidate)
        return Names(live=names.live, candidate=candidate, aside=names.aside)

    @property
    def source(self) -> str:
        """A backup's id, or a set-aside database's name."""
        return str(self.request.plan.facts.bound["source"]["name"])

    @property
    def by(self) -> str:
        return self.operation.requested_by

    @property
    def backup(self) -> Backup:
        """The backup as its files are now; raises `BackupFault`, and `Refused` where it is not trusted."""
        backup = self.services.repository.look_at(self.database, self.operation.request["backup_id"])
        refuse_unusable(backup, self.database)
        return backup

    @property
    def incoming(self) -> Incoming:
        """What takes the live database's place, as it was looked at last."""
        self._incoming = self._incoming or self._look_at_incoming()
        return self._incoming

    @property
    def reading(self) -> Reading:
        return Reading(purpose=self.attempt.purpose, should_stop=self.attempt.should_stop)

    def look(self) -> Situation:
        """The facts as they are now; raises `Refused`."""
        if not self.undoes:
            # A set-aside database takes no writes; files may be changed by anybody.
            self._incoming = self._look_at_incoming()
        memory = planning.remember(self.services, self.database)
        return self.judge(memory, read(self.services, self.database, self.reading))

    def judge(self, memory: Memory, state: State | Unreadable) -> Situation:
        """The same of a state that was read already."""
        accepted = tuple(self.request.plan.facts.bound["uncounted tables"])
        return planning.judge(memory, self.incoming, state, accepted)

    def candidate(self) -> Candidate:
        """Have it ready, equal to what was approved; raises what preparing it raises."""
        if self.undoes:
            state = self.incoming.state
            return Candidate(name=self.source, oid=state.identity.database_oid, state=state)
        vetoed = Vetoed(self.services, self.request.id)
        copy = copies.ready(
            self.attempt,
            order(self.backup, self.request),
            self.journal.progress,
            lambda: vetoed() or self.attempt.should_stop(),
        )
        return Candidate(name=copy.name, oid=copy.oid, state=copy.state, for_a_dba=copy.for_a_dba)

    def _look_at_incoming(self) -> Incoming:
        if not self.undoes:
            return incoming.of_backup(self.backup)
        aside = incoming.aside_of(self.services, self.database, self.operation.request["aside"])
        return incoming.of_aside(self.services, aside, self.reading)

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        """The right to fence and swap."""
        with hold(
            incoming.login(self.services, self.database),
            purpose=self.attempt.purpose,
            maintenance_database=self.services.database(self.database).maintenance_database,
        ) as lease:
            yield lease

    @property
    def approved(self) -> view.Approved:
        """What the message keeps saying of the request."""
        request = self.request
        return view.Approved(
            reason=request.reason, by=request.approved_by, at=request.decided_at, digest=request.digest
        )

    def draw(self, done: Sequence[Step]) -> Message:
        return view.running(self.operation, self.approved, self.source, done)
