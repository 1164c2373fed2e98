"""Where the bot answers over HTTP: nobody is asked who they are, so it is said explicitly."""

import pytest

from bot.config.listening import Listen
from tests.config.conftest import WHOLE, Load, Problems
from tests.config.test_problems import only


def test_nobody_is_answered_unless_it_is_configured(load_text: Load) -> None:
    assert load_text(WHOLE).http is None


def test_on_this_machine_an_address_is_enough(load_text: Load) -> None:
    http = load_text(WHOLE + '[http]\nlisten = "[::1]:9187"\n').http
    assert http is not None
    assert http.listen == Listen("::1", 9187)
    assert not http.row_counts


@pytest.mark.parametrize("address", ["0.0.0.0:9187", "[::]:9187", "192.168.7.1:9187"])
def test_an_address_that_others_reach_must_be_meant(
    load_text: Load, problems: Problems, address: str
) -> None:
    section = f'[http]\nlisten = "{address}"\n'
    reason, hint = only(problems(WHOLE + section))
    assert reason == "http: listens where other machines reach it, and nobody is asked who they are"
    assert "open_to_network = true" in hint
    assert load_text(WHOLE + section + "open_to_network = true\n").http is not None


@pytest.mark.parametrize(
    "address",
    ["9187", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "me@127.0.0.1:9187", "monitor:9187", ""],
)
def test_what_is_no_address_with_a_port_is_refused(problems: Problems, address: str) -> None:
    reason, hint = only(problems(WHOLE + f'[http]\nlisten = "{address}"\n'))
    assert reason == "http.listen: is no address with a port"
    assert "127.0.0.1:9187" in hint
