"""The composition root: configuration in, wired objects out. The only place that knows everything."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Protocol

import structlog
from pydantic import SecretStr
from slack_bolt import App
from slack_sdk import WebClient

from bot.config import Settings, Slack
from bot.errors import SecondkeyError
from bot.operations import catalogue, floors, housekeeping, runner, swap_proofs
from bot.operations.alerting import attending, webhooks
from bot.operations.alerting.attending import Attention
from bot.operations.approval_watch import Watch
from bot.operations.delivery import Delivery
from bot.operations.deploying.watching import WindowWatch
from bot.operations.incidents import pinning, reminding
from bot.operations.monitoring.desk import Desk
from bot.operations.monitoring.faults import Faults
from bot.operations.monitoring.monitor import Monitor
from bot.operations.repeating import Repeating, Together
from bot.operations.scheduling import upkeep
from bot.operations.separation import refuse_state_on_protected_servers
from bot.operations.services import Services
from bot.operations.watching import rounds, self_watch
from bot.operations.watching.lookout import watches
from bot.operations.watching.rounds import Rounds
from bot.operations.watching.self_watch import SelfWatch
from bot.postgres import restore_test
from bot.repository.folder import Repository
from bot.repository.keys import Keys
from bot.slack.connection import Connections, web_client
from bot.slack.directory import Directory
from bot.slack.trouble import BOT_TOKEN, NO_ANSWER, token_refused
from bot.state_server import state_dsn
from bot.store.database import Store
from bot.store.jobs import Jobs, hand_over
from bot.store.schedules import Schedules
from handlers import register

log = structlog.get_logger()

#: Threads for Slack's listeners; Bolt's default of 5 is filled by five slow ones.
LISTENERS = 16
#: Connections to the bot's own database: listeners, jobs with their heartbeats, delivery, schedules.
POOL = LISTENERS + 12


class Part(Protocol):
    """What runs beside the others until the bot ends."""

    def start(self) -> object: ...

    def stop(self) -> object: ...


@contextmanager
def open_services(settings: Settings) -> Iterator[Services]:
    """Everything but Slack: what the command line needs, beside a running bot and without one."""
    restore_test.clean_leftovers(settings.scratch)
    with state_dsn(settings.state) as dsn:
        store = Store(dsn, pool_size=POOL)
        store.open(lambda server: refuse_state_on_protected_servers(settings, server))
        try:
            services = Services(
                settings=settings,
                store=store,
                repository=_open_repository(settings, store),
                scratch=settings.scratch,
            )
            catalogue.rebuild_where_lost(services, "secondkey")
            yield services
        finally:
            store.close()


@contextmanager
def running_bot(settings: Settings, on_fault: Callable[[str], object]) -> Iterator[Services]:
    """The bot at work: delivery, worker, schedules and Slack, until the block is left.

    `on_fault` is told when a part of it ended that nobody stopped. Raises `SecondkeyError` where Slack does
    not accept what the configuration says.
    """
    slack = settings.slack
    if slack is None:
        raise SecondkeyError(
            "the configuration has no [slack] section", "only the command line works without it"
        )
    client = web_client(_secret(slack.bot_token), slack.api_url)
    on_fault = Faults(on_fault)
    with open_services(settings) as bare, ExitStack() as parts:
        services = replace(bare, directory=_reach(client), defer=hand_over)
        housekeeping.pin_team(services)
        refuse_state_on_protected_servers(settings, services.store.system_identifier())
        services.repository.clean_partials()
        for part in _parts(services, slack, client, on_fault):
            part.start()
            parts.callback(part.stop)
        housekeeping.say_what_is_left_to_do(services)
        swap_proofs.prove_adopted(services)
        floors.ask_where_lowered(services)
        yield services


def _parts(services: Services, slack: Slack, client: WebClient, on_fault: Faults) -> tuple[Part, ...]:
    """In the order in which they start; they end in the opposite one."""
    jobs = Jobs(
        services.store.dsn,
        lambda operation_id, stop: runner.run(services, operation_id, stop),
        on_death=on_fault,
    )
    watch = Watch(services, on_death=on_fault)
    connections = _connections(services, slack, client, watch)
    schedules = housekeeping.schedules(services)
    return (
        *_desk(services, connections, on_fault),
        Delivery(
            services.store,
            client,
            services.slack,
            services.settings.slack_prefix,
            on_problem=_undelivered,
            on_death=on_fault,
        ),
        jobs,
        watch,
        WindowWatch(services, on_death=on_fault),
        *webhooks.senders(services, on_death=on_fault),
        schedules,
        Together((*watches(services, on_fault), *_repeating(services, connections, schedules, on_fault))),
        connections,
    )


def _repeating(
    services: Services, connections: Connections, schedules: Schedules, faults: Faults
) -> Iterator[Repeating]:
    """What is looked after again and again."""
    yield Repeating(
        "looking after alerts",
        Attention(services),
        every=attending.EVERY,
        on_death=faults,
        after_trouble=attending.AFTER_TROUBLE,
    )
    for name, act, every in (
        ("looking after incidents", partial(reminding.remind, services), reminding.EVERY),
        ("following pinned messages", partial(pinning.follow_all, services), pinning.EVERY),
        (
            "watching over the bot itself",
            SelfWatch(services, lambda: connections.connected),
            self_watch.EVERY,
        ),
        ("looking at servers and backups", Rounds(services), rounds.EVERY),
        ("looking after the schedules", partial(upkeep.look_after, services, schedules), upkeep.EVERY),
    ):
        yield Repeating(name, act, every=every, on_death=faults)


def _open_repository(settings: Settings, store: Store) -> Repository:
    configured = settings.repository
    was_there = configured.signing_key.exists()
    keys = Keys.open(configured.signing_key, configured.url, configured.signing_key_fingerprint)
    repository = Repository(configured.url, keys)
    repository.prepare()
    if not was_there and keys.path.exists():
        housekeeping.log_new_key(store, keys)
    return repository


def _reach(client: WebClient) -> Directory:
    """Ask Slack who we are; what it refuses now it would refuse for ever."""
    try:
        return Directory(client)
    except NO_ANSWER as error:
        raise token_refused(error, BOT_TOKEN) from error


def _connections(services: Services, slack: Slack, client: WebClient, watch: Watch) -> Connections:
    app = App(
        client=client,
        token_verification_enabled=False,
        listener_executor=ThreadPoolExecutor(LISTENERS, thread_name_prefix="slack"),
    )
    register(app, services)
    return Connections(app, _secret(slack.app_token), slack.api_url, on_hello=watch.look_at_all)


def _desk(services: Services, connections: Connections, faults: Faults) -> Iterator[Desk]:
    """Where it is configured that other programs may ask."""
    if (http := services.settings.http) is not None:
        monitor = Monitor(
            services,
            connected=lambda: connections.connected,
            dead=faults.reasons,
            row_counts=http.row_counts,
        )
        yield Desk(http.listen, monitor, on_death=faults)


def _undelivered(text: str) -> None:
    log.error("a message could not be delivered", reason=text)


def _secret(token: SecretStr | None) -> str:
    return token.get_secret_value() if token else ""
