"""Commands as people type them into a terminal: messages and hints name them as Slack has them."""

import re
import shlex

_NAMED = re.compile(
    r"`/(?P<name>backup|verify|restore|traffic|deploy|drill|incident|schedule|watch)(?P<words>(?: [^`]*)?)`"
)
#: What a shell takes as it is, and what only shows where something is to be put.
_HARMLESS = re.compile(r"[\w.,:/@%+=…-]+|\[[\w ]+\]?|[\w ]+\]")
#: By command and its first word; all others are typed the same.
_OTHERWISE = {
    ("backup", "list"): "backups",
    ("backup", "show"): "backups show",
    ("backup", "unpin"): "backups unpin",
    ("backup", "retention"): "backups retention",
}
#: Acts of `/incident` that need people beside each other.
_SLACK_ONLY = (["role"], ["draft"], ["help"])
_BACKUP_REASONS = (["pin"], ["delete"])
#: Acts of `/deploy` with a reason, and how many words name what each is about.
_DEPLOY_REASONS = {"abort": 1, "freeze": 1, "thaw": 1, "override": 2}


def for_a_terminal(text: str) -> str:
    """The text with each `/verify …` that it names as `secondkey verify …`; what only Slack has stays."""
    return _NAMED.sub(_typed, text)


def _typed(found: re.Match[str]) -> str:
    name, words = found["name"], found["words"].split()
    if name == "restore":
        return _restore(words) or found[0]
    if name == "deploy":
        return _deploy(words) or found[0]
    if name == "incident" and words[:1] in _SLACK_ONLY:
        return found[0]
    if name == "backup" and words[:1] in _BACKUP_REASONS:
        return _command("backups", *words[:2], "--reason", " ".join(words[2:]) or "REASON")
    if name == "backup" and words[:2] == ["retention", "lower"]:
        return _command("backups", *words[:3], "--reason", " ".join(words[3:]) or "REASON")
    if name == "verify" and words[:1] == ["accept"] and len(words) > 2:
        return _command(name, *words[:2], "--reason", " ".join(words[2:]))
    if words and (other := _OTHERWISE.get((name, words[0]))) is not None:
        name, words = other, words[1:]
    return _command(name, *words)


def _restore(words: list[str]) -> str:
    """Empty where only Slack has it: the list of what there is, and cancelling."""
    match words:
        case ["drop", database, name, *reason]:
            return _command("restore", "drop", database, name, "--reason", " ".join(reason) or "REASON")
        case [] | ["cancel" | "drop" | "help", *_]:
            return ""
        case ["undo", database, *reason]:
            return _command("restore", "undo", database, "--reason", " ".join(reason) or "REASON")
        case [database, backup_id, *reason] if backup_id.startswith("B-"):
            return _command(
                "restore", database, "--backup", backup_id, "--reason", " ".join(reason) or "REASON"
            )
        case [database, *reason]:
            return _command("restore", database, "--reason", " ".join(reason) or "REASON")
        case _:
            return ""


def _deploy(words: list[str]) -> str:
    """Empty where only Slack has it: help. A terminal begins a release with its command."""
    match words:
        case ["help", *_]:
            return ""
        case ["start", release, database] if not database.startswith("["):
            return _command("deploy", release, "--database", database, "--", "COMMAND")
        case ["start", *release]:
            return _command("deploy", *(release[:1] or ["RELEASE"]), "--", "COMMAND")
        case [act, *more] if (about := _DEPLOY_REASONS.get(act, len(more))) < len(more):
            return _command("deployment", act, *more[:about], "--reason", " ".join(more[about:]))
        case _:
            return _command("deployment", *words)


def _command(*words: str) -> str:
    return f"`{' '.join(('secondkey', words[0], *map(_quoted, words[1:])))}`"


def _quoted(word: str) -> str:
    return word if _HARMLESS.fullmatch(word) else shlex.quote(word)
