"""What never leaves in the output of somebody's program: passwords and tokens."""

import re
from collections.abc import Collection, Iterable, Mapping
from urllib.parse import unquote

HIDDEN = "[redacted]"
#: Shorter values are words of everybody's: hiding them everywhere would leave nothing to read.
_SHORTEST = 4
_SECRET_NAME = re.compile(
    r"PASS(WORD|WD)?$|SECRET|TOKEN|CREDENTIAL|(API|ACCESS|PRIVATE|SIGNING)_?KEY|^PGPASS"
)
_IN_URL = re.compile(r"(?<=://)(?P<user>[^\s:/@]*):(?P<password>[^\s/]+)@")
_IN_CONNINFO = re.compile(
    r"\b(?P<name>password|sslpassword)(?P<is>[ \t]*=[ \t]*)(?P<password>'(?:[^'\\\n]|\\.)*'|[^\s'&\"]+)"
)


def secrets_of(environment: Mapping[str, str], known: Iterable[str] = ()) -> frozenset[str]:
    """The passwords in an environment's connection strings, the values that are named as secrets, and those
    that are known otherwise."""
    found = set(known)
    for name, value in environment.items():
        if _SECRET_NAME.search(name.upper()):
            found.update(value.splitlines())
        for pattern in (_IN_URL, _IN_CONNINFO):
            found.update(match["password"].strip("'") for match in pattern.finditer(value))
    found |= {unquote(secret) for secret in found}
    return frozenset(secret for secret in found if len(secret) >= _SHORTEST)


def redacted(text: str, secrets: Collection[str] = ()) -> str:
    """The text without these secrets, and without the password of any connection string in it."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _IN_URL.sub(rf"\g<user>:{HIDDEN}@", text)
    return _IN_CONNINFO.sub(rf"\g<name>\g<is>{HIDDEN}", text)
