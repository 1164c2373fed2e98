"""`secondkey deploy` while the bot's own state is away: blocked, or run unjudged, as is configured."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from bot import wording
from bot.app import open_services
from bot.config import Database, Settings
from bot.domain.deploying.closing import Closing, close
from bot.domain.deploying.deployment import Deployment, Item, Stage, Start
from bot.domain.deploying.gate import Light
from bot.domain.deploying.policy import Unreachable
from bot.domain.deploying.release_name import check_release
from bot.domain.findings import Code, Finding
from bot.domain.judgement import judge, mostly_empty
from bot.domain.observation import BackupFacts, Gate, Observation, Unreadable
from bot.domain.state import Baseline, State
from bot.errors import Refused
from bot.inline import Watch, login
from bot.operations.deploying import foretelling
from bot.operations.deploying.source import source_of
from bot.operations.observing import Reading, read_alone
from bot.operations.release_command import Ended
from bot.operations.services import find_database
from bot.operations.verify import to_result
from bot.releasing import Order, Released, StateUnreachable, needing_state, run_command, stage_after
from bot.releasing import deploy as deploy_judged
from bot.slack.announcing import Announcement
from bot.slack.connection import web_client
from bot.slack.views import unjudged as view

log = structlog.get_logger()

#: How long Slack is waited for, in seconds: the release waits, too.
PATIENCE = 10


def deploy(
    settings: Settings,
    order: Order,
    bot_token: Callable[[], str],
    watch: Watch,
    on_line: Callable[[str], object],
) -> Released:
    """Deploy by the gate; where the bot's own state is away, as `on_unreachable` says.

    Where `bot_token` gives none, nobody is told in Slack of a release that runs unjudged. Raises as
    `releasing.deploy` does, and `Refused` where it is not run unjudged either.
    """
    database = find_database(settings, order.database)
    try:
        with ExitStack() as opened:
            with needing_state():
                services = opened.enter_context(open_services(settings))
            return deploy_judged(services, order, watch, on_line)
    except StateUnreachable as unreachable:
        if database.deploy.on_unreachable is Unreachable.BLOCK:
            raise
        away = unreachable
    announcement = _announcement(settings, database, bot_token())
    return _Unjudged(settings, database, order, away, announcement).run(watch, on_line)


@dataclass(frozen=True)
class _Unjudged:
    """A release that nobody can judge: what can be told from the database alone decides."""

    settings: Settings
    database: Database
    order: Order
    away: StateUnreachable
    announcement: Announcement | None

    def run(self, watch: Watch, on_line: Callable[[str], object]) -> Released:
        """Raises `Refused` where the database itself gives a reason to stop, and nothing was run."""
        check_release(self.order.release)
        before = self._observe()
        start = self._state_to_go_on_from(before)
        deployment = self._begun()
        self._tell(deployment)
        watch("⚠ nobody judged this release: the command runs, and only its losses will be seen")
        ended = run_command(self.order, on_line)
        watch(f"{ended}; looking what it did")
        after = self._beside(start, replace(before, state=self._read()))
        found = close(deployment, Start(state=start, schema=""), after, judge(after), "")
        done = self._over(deployment, ended, found)
        self._tell(done, found.harm)
        return Released(deployment=done, result=to_result(found.verdict, after.state), ended=ended)

    def _observe(self) -> Observation:
        """All that is known without the bot's memory."""
        order, name = self.order, self.order.database
        protected = self.database.dsn.get_secret_value()
        source = source_of(name, protected, order.environ, order.url_variable, order.migrations)
        gate = Gate(schema=source.schema, elsewhere=source.elsewhere, backup_follows=True)
        observation = Observation(
            database=name,
            now=datetime.now(UTC),
            state=self._read(),
            baseline=None,
            rules=self.database.rules,
            backups=BackupFacts(looked_at=False),
            release=foretelling.release_of(self.database, str(order.migrations or "")),
            gate=gate,
        )
        return replace(observation, gate=replace(gate, risks=foretelling.foretell(observation).risks))

    def _read(self) -> State | Unreadable:
        return read_alone(self.settings, self.database, Reading(purpose="unjudged"))

    def _state_to_go_on_from(self, found: Observation) -> State:
        """Raises `Refused` for every reason to stop that is known."""
        critical = [each for each in judge(found).critical() if each.code is not Code.BASELINE_MISSING]
        if critical:
            told = [f"{each.code.value} {each.subject}: {each.detail}" for each in critical]
            raise self._refused(wording.listed(told), critical[0].hint)
        if isinstance(found.state, Unreadable) or mostly_empty(found.state):
            raise self._refused("it is empty, or mostly so: nobody can tell whether it is the right database")
        return found.state

    def _refused(self, why: str, hint: str = "") -> Refused:
        return Refused(
            "state-unreachable",
            f"{self.away.why}; and {self.order.database} by itself speaks against going on unjudged: "
            f"{why}; nothing was run",
            "; ".join(filter(None, (hint, self.away.hint))),
        )

    def _beside(self, start: State, found: Observation) -> Observation:
        """What is there now, with the state before as all that there is to compare it with."""
        stood = Baseline.of(start)
        return replace(found, now=datetime.now(UTC), baseline=stood, after_pinning=False, gate=None)

    def _begun(self) -> Deployment:
        title, lines = view.begun(self.away.why)
        return Deployment(
            id="",
            database=self.order.database,
            release=self.order.release,
            opened_by=login(),
            stage=Stage.OPEN,
            light=Light.UNJUDGED,
            title=title,
            lines=lines,
            created_at=datetime.now(UTC),
        )

    def _over(self, deployment: Deployment, ended: Ended, found: Closing) -> Deployment:
        harm = [each.code.value for each in found.harm]
        outcome = {"exit": ended.code, "seconds": ended.seconds, "harm": harm, "by": login(), "reason": ""}
        ticks = (
            {} if isinstance(found.observation.state, Unreadable) else {Item.COMPARED.value: "by the report"}
        )
        done = replace(deployment, stage=stage_after(ended), outcome=outcome, ticks=ticks)
        title, lines = view.over(done, found, found.observation.now, self.away.why)
        return replace(done, title=title, lines=lines)

    def _tell(self, deployment: Deployment, harm: Sequence[Finding] = ()) -> None:
        """The log always, and Slack where a token is set."""
        log.warning(
            "a release runs unjudged" if deployment.stage is Stage.OPEN else "a release ran unjudged",
            database=deployment.database,
            release=deployment.release,
            reason=self.away.why,
            **{name: deployment.outcome[name] for name in ("exit", "harm") if name in deployment.outcome},
        )
        if self.announcement is None:
            log.warning("nobody was told in Slack", reason="no bot token is set that will do")
            return
        self.announcement.say(view.drawn(deployment))
        if harm:
            self.announcement.alarm(view.alarm(deployment, harm))


def _announcement(settings: Settings, database: Database, bot_token: str) -> Announcement | None:
    if settings.slack is None or not bot_token:
        return None
    client = web_client(bot_token, settings.slack.api_url, timeout=PATIENCE)
    return Announcement(client, database.incidents, settings.slack_prefix)
