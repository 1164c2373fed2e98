"""The bot's own database: a private server in the state directory, shared by everything that uses it.

Whoever comes first starts it, whoever leaves last stops it: each user holds a shared lock on a file, and
starting and stopping happen while the directory is locked. A killed user's locks go with it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from bot.config import State
from bot.errors import SecondkeyError
from bot.locks import locked
from bot.postgres import installation
from bot.postgres.connection import forget_defaults
from bot.postgres.place import make_passable
from bot.postgres.server import Server

NAME = "secondkey"


@contextmanager
def state_dsn(state: State) -> Iterator[str]:
    """The connection string of the bot's own database, for as long as the block runs.

    Raises `CommandFailed` where the private server's account cannot enter its folder: what the bot must never
    lose lies in no temporary one.
    """
    forget_defaults()
    if state.dsn is not None:
        yield state.dsn.get_secret_value()
        return
    if state.directory is None:
        raise SecondkeyError("the configuration names no place for the bot's own state")
    make_passable(state.directory)
    server = _server(state.directory)
    users = os.open(state.directory / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with locked(state.directory):
            fcntl.flock(users, fcntl.LOCK_SH)
            server.start()
            _create_database(server)
        yield server.dsn(NAME)
    finally:
        with locked(state.directory):
            _stop_if_last(server, users)
        os.close(users)


def settle_demo_state(directory: Path) -> None:
    """Let a demo's private server begin wherever its account can enter, in a temporary folder at worst."""
    make_passable(directory)
    with locked(directory):
        _server(directory, may_be_lost=True).settle()


def delete_state_server(directory: Path) -> None:
    """Stop a private server, whoever uses it, and delete its data, wherever that lies."""
    if directory.is_dir():
        with locked(directory):
            _server(directory).delete()


def _server(directory: Path, *, may_be_lost: bool = False) -> Server:
    return Server(directory / "server", installation.embedded(), may_be_lost=may_be_lost)


def _stop_if_last(server: Server, users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    server.stop()


def _create_database(server: Server) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
