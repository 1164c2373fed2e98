"""Names of the databases that a restore makes: told from the live one's and from each other's operation."""

import re
from dataclasses import dataclass
from hashlib import sha256

#: The server cuts a longer name.
_LONGEST = 63
_OURS = re.compile(r"_(?:new|aside)_[0-9a-z]{8}\Z|\Asecondkey_proof_[0-9a-z]{8}\Z")


@dataclass(frozen=True, kw_only=True)
class Names:
    """The three databases of one swap."""

    #: what the application connects to
    live: str
    #: what is to become live
    candidate: str
    #: what the live one is called afterwards
    aside: str


def names_for_restore(live: str, operation: str) -> Names:
    """`ledger`, `ledger_new_abcd1234` and `ledger_aside_abcd1234` for the operation `op-abcd1234`."""
    return Names(live=live, candidate=_name(live, "new", operation), aside=_name(live, "aside", operation))


def names_for_undo(live: str, operation: str, set_aside: str) -> Names:
    """The same where an earlier swap's database comes back."""
    return Names(live=live, candidate=set_aside, aside=_name(live, "aside", operation))


def names_for_proof(live: str) -> Names:
    """Of two tiny databases, always the same for a live one: nobody drops those of another one's proof."""
    tag = sha256(live.encode()).hexdigest()[:8]
    return names_for_restore(f"secondkey_proof_{tag}", tag)


def names_for_drill(database: str) -> Names:
    """Of a copy on another server, always the same for a protected database: the next drill finds what is
    left of the last one."""
    tag = sha256(database.encode()).hexdigest()[:8]
    return names_for_restore("secondkey_drill", tag)


def made_by_us(name: str) -> bool:
    """Whether a database of this name may ever be dropped."""
    return bool(_OURS.search(name))


def _name(live: str, kind: str, operation: str) -> str:
    end = f"_{kind}_{operation.removeprefix('op-')}"
    room = _LONGEST - len(end)
    return live.encode()[:room].decode(errors="ignore") + end
