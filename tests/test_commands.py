"""Commands in hints, as they are typed into a terminal."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import for_a_terminal

ID = "B-20251008-191204-abcd"


@pytest.mark.parametrize(
    ("named", "typed"),
    [
        ("/backup", "secondkey backup"),
        ("/backup emergency crm data gone", "secondkey backup emergency crm data gone"),
        ("/backup list crm", "secondkey backups crm"),
        (f"/backup show {ID}", f"secondkey backups show {ID}"),
        ("/backup show B-…", "secondkey backups show B-…"),
        ("/backup list [database]", "secondkey backups [database]"),
        (f"/backup delete {ID} REASON", f"secondkey backups delete {ID} --reason REASON"),
        (f"/backup pin {ID} for the audit", f"secondkey backups pin {ID} --reason 'for the audit'"),
        (f"/backup unpin {ID}", f"secondkey backups unpin {ID}"),
        ("/backup retention crm", "secondkey backups retention crm"),
        (
            "/backup retention lower crm REASON",
            "secondkey backups retention lower crm --reason REASON",
        ),
        (f"/drill {ID}", f"secondkey drill {ID}"),
        ("/verify accept crm", "secondkey verify accept crm"),
        ("/verify accept crm REASON", "secondkey verify accept crm --reason REASON"),
        ("/verify accept crm old rows", "secondkey verify accept crm --reason 'old rows'"),
        (f"/restore crm {ID} REASON", f"secondkey restore crm --backup {ID} --reason REASON"),
        ("/restore crm it is gone", "secondkey restore crm --reason 'it is gone'"),
        ("/restore undo crm", "secondkey restore undo crm --reason REASON"),
        ("/restore drop crm crm_aside_r42 done", "secondkey restore drop crm crm_aside_r42 --reason done"),
        ("/traffic start crm mended", "secondkey traffic start crm mended"),
        ("/backup crm rm; reboot", "secondkey backup crm 'rm;' reboot"),
        ("/deploy start v1.4.0 crm", "secondkey deploy v1.4.0 --database crm -- COMMAND"),
        ("/deploy start RELEASE [database]", "secondkey deploy RELEASE -- COMMAND"),
        ("/deploy status", "secondkey deployment status"),
        ("/incident note crm it is back", "secondkey incident note crm it is back"),
        ("/watch quiet crm 2h moving", "secondkey watch quiet crm 2h moving"),
        ("/deploy finish crm", "secondkey deployment finish crm"),
        ("/deploy abort crm it hangs", "secondkey deployment abort crm --reason 'it hangs'"),
        ("/deploy thaw all REASON", "secondkey deployment thaw all --reason REASON"),
        ("/deploy override v1.4.0 crm REASON", "secondkey deployment override v1.4.0 crm --reason REASON"),
    ],
)
def test_a_command_is_named_as_a_terminal_takes_it(named: str, typed: str) -> None:
    assert for_a_terminal(f"first `{named}`, then more") == f"first `{typed}`, then more"


@pytest.mark.parametrize(
    "text",
    [
        "`/restore cancel crm`",
        "`/requests`",
        "`/deploy help`",
        "`/incident role lead @Mara`",
        "/backup",
        "`SELECT 1`",
    ],
)
def test_what_only_slack_has_and_all_else_stays(text: str) -> None:
    assert for_a_terminal(text) == text


@given(st.text(st.characters(exclude_characters="`"), max_size=40))
def test_no_shell_does_anything_with_a_reason(reason: str) -> None:
    words = reason.split()
    shown = for_a_terminal(f"`/traffic stop crm {' '.join(words)}`").strip("`")
    assert shlex.split(shown) == ["secondkey", "traffic", "stop", "crm", *words]


@given(st.text(st.characters(exclude_characters="`"), max_size=40))
def test_a_reason_stays_one_argument(reason: str) -> None:
    words = reason.split()
    shown = for_a_terminal(f"`/deploy abort crm why: {' '.join(words)}`").strip("`")
    assert shlex.split(shown) == [
        *("secondkey", "deployment", "abort", "crm"),
        *("--reason", " ".join(["why:", *words])),
    ]
