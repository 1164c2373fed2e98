"""A bot's worker that says what it runs and then never ends it: to be killed in the middle.

Arguments: the connection string. Prints the id of each operation that it claimed.
"""

import sys
from collections.abc import Callable
from threading import Event

from bot.store import operations
from bot.store.database import Store
from bot.store.jobs import Jobs


def main(dsn: str) -> None:
    store = Store(dsn)
    store.open()

    def run(operation_id: str, _stop: Callable[[], bool]) -> None:
        with store.transaction() as connection:
            operations.claim(connection, operation_id)
        sys.stdout.write(operation_id + "\n")
        sys.stdout.flush()
        Event().wait()

    Jobs(dsn, run, on_death=lambda _: None).start()
    Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
