"""What people ask for and what is done, in one process and with a look in between."""

from collections.abc import Callable

from bot.domain.backup import Backup, Kind
from bot.domain.operation import Operation
from bot.errors import SecondkeyError
from bot.operations import accept, backup, runner
from bot.operations.services import Services
from bot.store import audit, baselines, outbox
from tests.operations.conftest import NAME

BY, CHANNEL = "cli:anna", "ops"


def ask_backup(services: Services, kind: Kind = Kind.MANUAL) -> Operation:
    return backup.request(services, NAME, kind, "before v2", BY, CHANNEL)


def ask_accept(services: Services, reason: str = "") -> Operation:
    return accept.request(services, NAME, reason, BY, CHANNEL)


def accepted(services: Services) -> SecondkeyError | None:
    """Accept the database; returns why not, where it failed."""
    return runner.run(services, ask_accept(services).id)


def backed_up(services: Services) -> Backup:
    operation = ask_backup(services)
    error = runner.run(services, operation.id)
    assert error is None, error
    return services.repository.load(operation.request["backup_id"])


def once(word: str, act: Callable[[], object]) -> Callable[[str], None]:
    """Watches an operation, and acts the first time that what is shown contains the word."""
    done: list[str] = []

    def watch(shown: str) -> None:
        if word in shown.lower() and not done:
            done.append(shown)
            act()

    return watch


def pinned(services: Services) -> baselines.Baseline:
    with services.store.transaction() as connection:
        found = baselines.current(connection, NAME)
    assert found is not None
    return found


def logged(services: Services) -> list[str]:
    """The actions in the audit log, oldest first."""
    with services.store.transaction() as connection:
        return [entry.action for entry in reversed(audit.entries(connection, 100))]


def shown(services: Services, operation: Operation) -> str:
    """What the operation's message says now."""
    with services.store.transaction() as connection:
        while (message := outbox.claim(connection)) is not None:
            if message.key == operation.id:
                return message.text
    raise AssertionError("the operation has no message")
