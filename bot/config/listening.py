"""What other programs may ask of the bot over HTTP: health and metrics."""

from ipaddress import ip_address
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import BeforeValidator, model_validator

from bot.config.problems import problem
from bot.config.section import Section


class Listen(NamedTuple):
    """Where is listened."""

    #: an IP address
    host: str
    port: int

    @property
    def reached_from_elsewhere(self) -> bool:
        return not ip_address(self.host).is_loopback


def _read_listen(value: Any) -> Listen:
    try:
        parts = urlsplit(f"//{value}")
        host, port = str(ip_address(parts.hostname or "")), parts.port
    except ValueError:
        host, port = "", None
    if not host or not port or value not in (f"{host}:{port}", f"[{host}]:{port}"):
        raise problem("is no address with a port", 'write both: "127.0.0.1:9187", "[::1]:9187"')
    return Listen(host, port)


class Http(Section):
    """Nobody is asked who they are."""

    listen: Annotated[Listen, BeforeValidator(_read_listen)]
    #: an address that other machines reach is meant
    open_to_network: bool = False
    #: row counts are business figures
    row_counts: bool = False

    @model_validator(mode="after")
    def _closed_unless_said(self) -> "Http":
        if self.listen.reached_from_elsewhere and not self.open_to_network:
            raise problem(
                "listens where other machines reach it, and nobody is asked who they are",
                'listen = "127.0.0.1:9187"; where that is meant, say open_to_network = true',
            )
        return self
