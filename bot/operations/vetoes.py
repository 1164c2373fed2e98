"""Whether people said no to what is being prepared: looked up now and then, however often it is asked."""

import time

from bot.domain.approval import State
from bot.operations import approval
from bot.operations.attempt import PROGRESS
from bot.operations.services import Services


class Vetoed:
    """Of one request. What is denied stays so; what expired may be asked again, and is worth preparing."""

    def __init__(self, services: Services, request_id: str) -> None:
        self._services = services
        self._request = request_id
        self._looked = float("-inf")
        self._denied = False

    def __call__(self) -> bool:
        if not self._denied and time.monotonic() - self._looked > PROGRESS:
            self._looked = time.monotonic()
            self._denied = approval.load(self._services, self._request).state is State.DENIED
        return self._denied
