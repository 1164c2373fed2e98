"""What the simulated Slack keeps: whole transactions, whatever happens in the middle."""

import resource
import signal
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import SecondkeyError
from bot.simulator.store import Document, Store

JOURNAL = "journal.jsonl"
CHANGES = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from("xyz"),
            st.none() | st.fixed_dictionaries({"text": st.text()}),
        ),
        max_size=4,
    ),
    max_size=5,
)


def contents(store: Store) -> list[list[Document]]:
    return [store.all(kind) for kind in "ab"]


def put(store: Store, key: str, **document: str) -> None:
    with store.transaction():
        store.put("a", key, document)


@given(transactions=CHANGES)
@settings(max_examples=40, deadline=None)
def test_what_was_stored_is_there_when_it_is_opened_again(
    tmp_path_factory: pytest.TempPathFactory, transactions: list[list[tuple[str, str, Document | None]]]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = Store(folder)
    for changes in transactions:
        with store.transaction():
            for kind, key, document in changes:
                store.delete(kind, key) if document is None else store.put(kind, key, document)
    store.close()
    again = Store(folder)
    assert contents(again) == contents(store)
    again.close()


def test_a_line_cut_short_by_a_crash_is_dropped(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "1", text="whole")
    put(store, "2", text="cut")
    store.close()
    journal = tmp_path / JOURNAL
    whole = journal.read_bytes()
    for length in range(whole.index(b"cut"), len(whole)):
        journal.write_bytes(whole[:length])
        again = Store(tmp_path)
        assert again.all("a") == [{"text": "whole"}]
        again.close()


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "1", text="before")
    with suppress(ValueError), store.transaction():
        store.put("a", "1", {"text": "after"})
        store.put("a", "2", {"text": "new"})
        raise ValueError("halfway")
    assert store.all("a") == [{"text": "before"}]
    store.close()
    again = Store(tmp_path)
    assert again.all("a") == [{"text": "before"}]
    again.close()


def test_a_full_disk_leaves_memory_and_journal_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "1", text="before")
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            put(store, "2", text="x" * 4000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    put(store, "3", text="after")
    store.close()
    again = Store(tmp_path)
    assert again.all("a") == [{"text": "before"}, {"text": "after"}]
    again.close()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "slack"
    store = Store(folder)
    put(store, "1", text="secret")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    store.close()


def test_two_may_not_use_one_folder(tmp_path: Path) -> None:
    first = Store(tmp_path)
    with pytest.raises(SecondkeyError, match="another simulated Slack"):
        Store(tmp_path)
    first.close()
    Store(tmp_path).close()


def test_a_damaged_line_in_the_middle_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, "1", text="one")
    put(store, "2", text="two")
    store.close()
    damaged = (tmp_path / JOURNAL).read_bytes().replace(b'"one"', b'"one')
    (tmp_path / JOURNAL).write_bytes(damaged)
    with pytest.raises(SecondkeyError, match="line 1 of"):
        Store(tmp_path)
    assert (tmp_path / JOURNAL).read_bytes() == damaged


def test_a_change_outside_a_transaction_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        Store(None).put("a", "1", {})
