"""What restores come to: every target, and the way back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.domain.backup import Health
from bot.domain.findings import Code
from bot.domain.judgement import judge
from bot.errors import Refused
from bot.operations import copies
from bot.operations.observing import Reading, compare, read
from bot.postgres.installation import embedded
from bot.postgres.server import Server
from bot.postgres.tables import quoted
from bot.wording import moment
from tests.operations.conftest import NAME
from tests.operations.nights import JONAS, MARA, Night, a_night
from tests.operations.working import pinned
from tests.postgres.protected import protected


@pytest.fixture
def night(postgres_server: Server, own_server: Server, tmp_path: Path) -> Iterator[Night]:
    with a_night(postgres_server, own_server, tmp_path) as night:
        yield night


def codes(night: Night) -> set[Code]:
    """What `/verify` would find wrong with identity and data."""
    state = read(night.services, NAME, Reading(purpose="test"))
    return set(judge(compare(night.services, NAME, state)).codes())


def dropped(night: Night) -> None:
    night.place.superuser(f"DROP DATABASE {quoted(night.live.name)} WITH (FORCE)")


def made_anew(night: Night) -> None:
    dropped(night)
    night.place.superuser(f"CREATE DATABASE {quoted(night.live.name)} OWNER {quoted(night.place.owner)}")


def emptied(night: Night) -> None:
    night.live.execute('TRUNCATE "User"')


def reset(night: Night) -> None:
    """All migrations ran again, and a seed script made one account: the incident itself."""
    made_anew(night)
    night.place.as_owner('CREATE TABLE "User" (id serial PRIMARY KEY, name text)')
    night.place.as_owner("""INSERT INTO "User" (name) VALUES ('Legacy Account')""")


def unmarked(night: Night) -> None:
    night.live.execute('DROP SCHEMA secondkey CASCADE; DELETE FROM "User" WHERE id > 20')


@pytest.mark.parametrize(
    ("disaster", "said"),
    [
        (emptied, ["0 → 500"]),
        (made_anew, ["recreated", "it is empty", "0 → 500"]),
        (reset, ["recreated", "1 → 500", "1 row written since, in User"]),
        (unmarked, ["marker is gone", "20 → 500"]),
        (dropped, ["it is created from the backup", "Undo: none", "0 → 500"]),
    ],
)
def test_whatever_was_found_is_said_first_and_the_rows_are_back(
    night: Night, disaster: Callable[[Night], None], said: list[str]
) -> None:
    night.protect()
    disaster(night)
    request = night.ask()
    plan = night.shown(request.id)
    assert [word for word in said if word not in plan] == []
    night.approve(request)
    assert night.carry_out(request) is None
    assert night.users() == 500
    assert codes(night) == set()
    assert "is live" in night.shown(request.id)
    assert len(night.kept()) == (0 if disaster is dropped else 1)


def test_a_server_that_took_the_others_place_is_restored_to(night: Night, state_server: Server) -> None:
    night.protect()
    lost = night.place
    with protected(state_server, embedded(), lost.database.name) as new:
        for role in (lost.owner, lost.bot):
            new.superuser(f"CREATE ROLE {quoted(role)}")
            new.superuser(f"GRANT {quoted(role)} TO {new.bot}")
        night.move_to(new)
        request = night.ask()
        assert "another server" in night.shown(request.id)
        night.approve(request)
        assert night.carry_out(request) is None
        assert night.users() == 500
        assert codes(night) == set()
        night.undo()
        assert night.users_there() is False


def test_a_restore_can_be_undone_and_that_too(night: Night) -> None:
    night.protect()
    night.live.execute("""DELETE FROM "User" WHERE id > 450; INSERT INTO "User" (name) VALUES ('new')""")
    night.restore()
    assert night.users() == 500

    request = night.ask_undo()
    assert "500 → 451" in night.shown(request.id)
    night.approve(request)
    assert night.carry_out(request) is None
    assert night.users() == 451
    night.live.execute("""INSERT INTO "User" (name) VALUES ('it takes writes again')""")

    night.undo()
    assert night.users() == 500
    assert codes(night) == set()
    assert len(night.kept()) == 1


def test_an_undo_to_ruins_says_so_first_and_goes_on_to_block(night: Night) -> None:
    night.protect()
    emptied(night)
    night.restore()
    request = night.ask_undo()
    shown = night.shown(request.id)
    assert "replaced for its faults: rows.zero; undoing brings them back" in shown
    assert "older" not in shown
    night.approve(request)
    assert night.carry_out(request) is None
    assert "It does not count as good" in night.shown(request.id)
    assert night.users() == 0
    assert codes(night) == {Code.ROWS_ZERO}
    assert pinned(night.services).state.rows == 500


def test_an_undo_of_an_undo_says_each_time_whether_it_leads_to_ruins(night: Night) -> None:
    night.protect()
    emptied(night)
    night.restore()
    night.undo()
    back = night.ask_undo()
    assert "replaced for its faults" not in night.shown(back.id)
    night.approve(back)
    assert night.carry_out(back) is None
    assert "does not count as good" not in night.shown(back.id)
    assert codes(night) == set()

    again = night.ask_undo()
    assert "undoing brings them back, and it does not count as good" in night.shown(again.id)
    night.approve(again)
    assert night.carry_out(again) is None
    assert "It does not count as good" in night.shown(again.id)
    assert pinned(night.services).state.rows == 500


def test_an_undo_to_an_older_set_aside_database_says_so_in_its_first_line(night: Night) -> None:
    night.protect()
    emptied(night)
    first = night.restore()
    dropped(night)
    last = night.restore()
    (aside,) = night.kept()
    assert aside.operation == first.id
    shown = night.request(night.ask_undo()).plan.lines[0][0]
    assert f"this is an older set-aside database, of {moment(aside.made_at)}" in shown
    assert f"the last restore, {last.id}, and undoing does not bring back what was there before it" in shown


def test_an_undo_that_nothing_can_be_compared_with_says_what_is_left_to_do(night: Night) -> None:
    night.protect()
    emptied(night)
    night.restore()
    with night.services.store.transaction() as connection:
        connection.execute("DELETE FROM baselines")
    assert f"Nothing is pinned to compare it with: `/verify accept {NAME}`" in night.shown(night.undo().id)


def test_what_is_compared_with_after_a_restore_names_those_who_approved_it(night: Night) -> None:
    night.protect()
    emptied(night)
    night.restore()
    assert (pinned(night.services).pinned_by, pinned(night.services).approved_by) == (MARA, (JONAS,))
    night.undo()
    assert pinned(night.services).approved_by == (JONAS,)


def test_a_copy_says_how_long_it_still_takes_where_its_restore_test_tells() -> None:
    told: list[str] = []
    copies.with_time_left(told.append, 600.0)("restoring User")
    copies.with_time_left(told.append, None)("restoring User")
    assert told == ["restoring User, about 10 min left", "restoring User"]


def test_no_id_is_given_out_twice(night: Night) -> None:
    night.protect()
    night.live.execute("""INSERT INTO "User" (name) SELECT 'later' FROM generate_series(1, 100)""")
    night.live.execute('DELETE FROM "User" WHERE id > 400')
    night.restore()
    ((id_,),) = night.live.execute("""INSERT INTO "User" (name) VALUES ('next') RETURNING id""")
    assert id_ == 601


def test_what_was_written_since_is_counted_in_the_set_aside_database(night: Night) -> None:
    night.protect()
    night.live.execute("""INSERT INTO "User" (name) SELECT 'late' FROM generate_series(1, 3)""")
    night.live.execute("SELECT pg_stat_force_next_flush()")
    request = night.restore()
    assert "Only in the set-aside database: 3 rows of User" in night.shown(request.id)


def test_a_suspect_backup_is_named_as_such_and_never_moves_what_is_compared_with(night: Night) -> None:
    night.protect()
    night.live.execute('DELETE FROM "User" WHERE id > 100')
    bad = night.back_up(health=Health.SUSPECT)
    assert night.ask().plan.act["backup_id"] != bad.id
    with pytest.raises(Refused) as second:
        night.ask(bad.id)
    assert second.value.code == "already-requested"

    night.cancel()
    night.restore(bad.id)
    assert night.users() == 100
    assert pinned(night.services).state.rows == 500
    assert codes(night) == {Code.ROWS_DROPPED}


def test_settings_grants_and_owner_are_those_of_the_live_database(night: Night) -> None:
    night.protect()
    reader = night.place.bot
    for statement in ("SET work_mem = '9MB'", "CONNECTION LIMIT 77"):
        night.place.superuser(f"ALTER DATABASE {quoted(night.live.name)} {statement}")
    night.place.superuser(f"REVOKE CONNECT ON DATABASE {quoted(night.live.name)} FROM PUBLIC")
    night.place.superuser(f"GRANT CONNECT ON DATABASE {quoted(night.live.name)} TO {quoted(reader)}")
    night.restore()
    with psycopg.connect(night.place.dsn) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("9MB",)
    found = night.place.superuser(
        "SELECT datconnlimit, datdba::regrole::text, has_database_privilege('public', oid, 'CONNECT') "
        "FROM pg_database WHERE datname = %s",
        [night.live.name],
    )
    assert found == [(77, quoted(night.place.owner), False)]


def test_what_a_dba_has_to_make_first_is_said_with_the_statements(night: Night) -> None:
    night.protect()
    night.live.execute('CREATE ROLE reporting; GRANT SELECT ON "User" TO reporting')
    backup = night.back_up()
    night.live.execute('REVOKE ALL ON "User" FROM reporting; DROP ROLE reporting')
    with pytest.raises(Refused) as refused:
        night.ask(backup.id)
    assert refused.value.code == "role-missing"
    assert "CREATE ROLE" in refused.value.hint
