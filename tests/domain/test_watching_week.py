"""A week of ordinary life in a database, a look every two minutes: many suspicions, and not one alarm."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace

from bot.domain.judgement import judge
from bot.domain.observation import Expectation, Rules
from bot.domain.state import Baseline, ChangeCounters, State, TableName
from bot.domain.watching.glance import File, Glance, Place
from bot.domain.watching.suspicion import Counted, Expected, Sign, failed_over, suspicions
from tests import builders as b

MINUTES_OF_A_DAY = 24 * 60
MINUTES = 7 * MINUTES_OF_A_DAY
#: Minutes from one look to the next.
PACE = 2
USER, INVOICE, QUEUE, SESSION, EVENT, DRAFT = (
    b.table_name(name) for name in ("User", "Invoice", "Queue", "Session", "Event", "Draft")
)
RULES = Rules(expectations=(Expectation(table=SESSION, volatile=True),))


@dataclass
class Held:
    oid: int
    filenode: int
    rows: int
    deleted: int = 0


@dataclass
class Life:
    """A database, its application and its administrators."""

    chance: random.Random
    numbers: int = 100
    minute: int = 0
    tables: dict[TableName, Held] = field(default_factory=dict)
    partitions: list[TableName] = field(default_factory=list)
    migrations: tuple[str, ...] = ("1_init", "2_more")
    place: Place = Place(host="db:5432", timeline="00000001")  # noqa: RUF009 - frozen
    locked: frozenset[TableName] = frozenset()
    #: the counts of the baselines of each day
    counted: list[dict[TableName, int]] = field(default_factory=list)

    def begin(self) -> None:
        for name, rows in ((USER, 1000), (INVOICE, 20_000), (QUEUE, 500), (SESSION, 300)):
            self.create(name, rows)
        for _ in range(30):
            self.new_partition()

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def create(self, name: TableName, rows: int) -> None:
        self.tables[name] = Held(self.number(), self.number(), rows)

    def new_partition(self) -> None:
        self.partitions.append(b.table_name(f"Event_{self.number():04}"))
        self.create(self.partitions[-1], 1000)

    def delete(self, name: TableName, rows: int) -> None:
        held = self.tables[name]
        held.rows, held.deleted = held.rows - rows, held.deleted + rows

    def rewrite(self, name: TableName) -> None:
        """VACUUM FULL, CLUSTER, or an ALTER TABLE that changes every row."""
        self.tables[name].filenode = self.number()

    def state(self) -> State:
        own = [
            b.table(
                name.name,
                held.rows,
                oid=held.oid,
                partition_of=EVENT if name in self.partitions else None,
                counters=ChangeCounters(inserted=0, updated=0, deleted=held.deleted),
            )
            for name, held in self.tables.items()
        ]
        events = sum(self.tables[name].rows for name in self.partitions)
        parent = b.table("Event", events, oid=99, derived=True)
        return b.state(*own, parent, history=b.history(*self.migrations))

    def baseline(self) -> Baseline:
        """A backup was made, and its state counts from now on."""
        state = self.state()
        rows = {table.name: table.rows or 0 for table in state.tables}
        self.counted = [*self.counted, rows][-7:]
        highest = Counter[TableName]()
        for day in self.counted:
            highest |= Counter(day)
        return b.baseline(of=state, highest=tuple(highest.items()))

    def glance(self, watched: tuple[TableName, ...]) -> Glance:
        there = {
            name: File(held.oid, held.filenode, name in self.partitions) for name, held in self.tables.items()
        }
        turn = self.minute // PACE % 4
        return Glance(
            identity=b.IDENTITY,
            place=self.place,
            files=there | {EVENT: File(99, 0)},
            empty=frozenset(
                name
                for name in watched
                if name in there and name not in self.locked and not self.tables[name].rows
            ),
            deleted={name: held.deleted for name, held in self.tables.items() if held.oid % 4 == turn},
            history=None if self.locked else repr(self.migrations),
        )

    def pass_a_minute(self, expected: Expected) -> None:
        self.minute += 1
        self.applications(expected)
        self.administrators()
        self.once_a_day(self.minute % MINUTES_OF_A_DAY, expected)
        if self.minute == 3 * MINUTES_OF_A_DAY:
            self.fail_over()

    def applications(self, expected: Expected) -> None:
        self.tables[USER].rows += self.chance.randrange(2)
        self.tables[INVOICE].rows += self.chance.randrange(5)
        # As many come as go: each row lives for some minutes.
        self.tables[QUEUE].rows += 200
        self.delete(QUEUE, 200)
        for name in (USER, INVOICE):
            if self.chance.random() < 0.01:
                self.delete(name, self.chance.randrange(1 + self.spare(name, expected)))
        if self.chance.random() < 0.05:
            self.tables[SESSION].rows = 0
            self.rewrite(SESSION)

    def spare(self, name: TableName, expected: Expected) -> int:
        """So many rows may go without being told."""
        return max(0, self.tables[name].rows - round(expected.rows[name] * 0.81))

    def administrators(self) -> None:
        self.locked = frozenset()
        if self.chance.random() < 0.02:
            self.rewrite(self.chance.choice([USER, INVOICE, QUEUE, *self.partitions]))
        if self.chance.random() < 0.02:
            self.locked = frozenset({self.chance.choice([USER, INVOICE])})

    def once_a_day(self, minute: int, expected: Expected) -> None:
        match minute:
            case 60:
                self.new_partition()
                del self.tables[self.partitions.pop(0)]
            case 120:
                self.tables[INVOICE].rows += 50_000
            case 180:
                self.delete(INVOICE, self.spare(INVOICE, expected))
            case 240:
                self.create(DRAFT, 10)
            case 300:
                del self.tables[DRAFT]
            case 360:
                self.migrations = (*self.migrations, f"{self.number()}_more")
                self.rewrite(USER)

    def fail_over(self) -> None:
        """The standby has the rows, and counters of its own."""
        self.place = Place(host="reserve:5432", timeline="00000002")
        for held in self.tables.values():
            held.deleted = 0


def test_a_week_of_ordinary_churn_gives_no_alarm() -> None:
    life = Life(random.Random(1))
    life.begin()
    told: list[str] = []
    signs, moved = Counter[Sign](), 0
    before: Glance | None = None
    for minute in range(0, MINUTES, PACE):
        if minute % MINUTES_OF_A_DAY == 0:
            baseline = life.baseline()
            expected, counted = Expected.of(baseline, RULES), Counted.of(baseline.state)
        for _ in range(PACE):
            life.pass_a_minute(expected)
        now = life.glance(expected.watched)
        if failed_over(before, now):
            moved += 1
            counted = {name: replace(known, deleted=0) for name, known in counted.items()}
        found = suspicions(expected, before, now, counted)
        before = now
        signs.update(each.sign for each in found)
        if not found:
            continue
        tables = frozenset(each.table for each in found if each.table is not None)
        state = life.state()
        seen = b.observation(state, baseline, rules=RULES, looked_at=tables)
        told += [f"{minute}: {each}" for each in judge(seen).critical()]
        known = Counted.of(state)
        counted |= {name: known[name] for name in tables if name in known}
    assert told == []
    assert moved == 1
    assert signs[Sign.REWRITTEN] > 50
    assert signs[Sign.SHRUNK] > 50
    assert signs[Sign.HISTORY] > 7
    assert signs[Sign.EMPTY] == signs[Sign.GONE] == signs[Sign.IDENTITY] == 0


def test_a_loss_in_such_a_week_gives_one() -> None:
    """So that it is seen that the week above could have given one."""
    life = Life(random.Random(3))
    life.begin()
    baseline = life.baseline()
    expected = Expected.of(baseline, RULES)
    life.pass_a_minute(expected)
    before = life.glance(expected.watched)
    life.delete(INVOICE, life.tables[INVOICE].rows)
    now = life.glance(expected.watched)
    found = suspicions(expected, before, now, Counted.of(baseline.state))
    assert INVOICE in {each.table for each in found}
    looked_at = frozenset({INVOICE})
    (told,) = judge(b.observation(life.state(), baseline, rules=RULES, looked_at=looked_at)).critical()
    assert told.subject == "Invoice"
