"""The server that is lent to restore tests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bot.domain.backup import Manifest
from bot.errors import SecondkeyError
from bot.postgres.installation import Installation, embedded
from bot.postgres.server import Server
from tests import builders
from tests.operations.standing import Standing


def test_a_server_that_died_is_lent_to_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lent: list[Server] = []

    @contextmanager
    def dead(folder: Path, programs: Installation, _manifest: Manifest) -> Iterator[Server]:
        yield Server(folder, programs)

    monkeypatch.setattr("tests.operations.standing.throwaway_server", dead)
    with ExitStack() as until:
        standing = Standing(tmp_path, until)
        for _ in range(2):
            loan = standing.throwaway_server(tmp_path, embedded(), builders.manifest())
            with pytest.raises(SecondkeyError), loan as server:
                lent.append(server)
    assert lent[0] is not lent[1]
