"""Numbers, sizes and times as people read them; the same words in Slack and in a terminal."""

import json
from datetime import datetime, timedelta
from unicodedata import category

#: Control characters, directions and other invisible ones, halves of pairs, and separators of lines.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def count(number: int) -> str:
    """`18,442`."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """`1 table`, `18,442 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def progress(done: int, total: int, noun: str) -> str:
    """`3 of 1,204 tables`."""
    return f"{done:,} of {plural(total, noun)}"


def size(number: int) -> str:
    """`4.2 GB`, in powers of 1,000."""
    if number < 1000:
        return f"{number} B"
    units = ("kB", "MB", "GB", "TB", "PB")
    power = next((n for n in range(1, len(units)) if round(number / 1000**n, 1) < 1000), len(units))
    return f"{number / 1000**power:,.1f} {units[power - 1]}"


def duration(length: timedelta | float) -> str:
    """`84 ms`, `6.1 s`, `1 min 10 s`, `2 h 5 min`, `41 days`; a number is in seconds."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} days"


def ago(moment: datetime, now: datetime) -> str:
    """`12 min ago`, and `just now` for what was less than a minute ago."""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "just now"
    return f"{duration(seconds // 60 * 60)} ago"


def ahead(moment: datetime, now: datetime) -> str:
    """`in 12 h`, `in 4 days`, `in 5 min`: in whole ones, and never less than a minute."""
    seconds = (moment - now).total_seconds()
    unit = 3600 if seconds >= 3600 else 60
    return f"in {duration(max(60, seconds // unit * unit))}"


def moment(at: datetime) -> str:
    """`2025-10-08 19:12 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def version(number: int) -> str:
    """`17.10` of 170010, as `server_version_num` has it."""
    return f"{number // 10000}.{number % 10000}"


def visible(text: str) -> str:
    """The text with all that a terminal would obey or hide written as JSON writes it: `\\n`, `\\u202e`."""
    return "".join(json.dumps(char)[1:-1] if category(char) in _UNSEEN else char for char in text)


def listed(words: list[str], limit: int = 5) -> str:
    """`a, b and 3 more`."""
    if len(words) <= limit:
        return ", ".join(words)
    return f"{', '.join(words[:limit])} and {len(words) - limit:,} more"
