"""The simulated Slack as one object: what the app's calls and people's deeds work on."""

from collections.abc import Callable, Iterable

from bot.simulator.events import Events
from bot.simulator.faults import Faults
from bot.simulator.rate_limits import RateLimiter
from bot.simulator.sockets import Sockets
from bot.simulator.triggers import Triggers
from bot.simulator.workspace import Workspace
from bot.simulator.world import World


class Core:
    def __init__(
        self,
        world: World,
        faults: Faults,
        disasters: Callable[[str], object] | None,
        disaster_kinds: Iterable[str],
    ) -> None:
        self.world = world
        self.faults = faults
        self.limiter = RateLimiter()
        self.triggers = Triggers(lambda: faults.patience)
        self.sockets = Sockets(world.workspace.app_id, faults)
        self.events = Events(world, self.sockets, faults)
        self.disasters = disasters
        self.disaster_kinds = tuple(disaster_kinds) if disasters else ()
        #: Web API methods that were called and are not known here
        self.unknown_calls: list[str] = []
        #: `http://127.0.0.1:8040`, known once the port is
        self.url = ""

    @property
    def workspace(self) -> Workspace:
        return self.world.workspace
