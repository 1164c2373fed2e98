"""Charts: pictures that are there on a machine without fonts, and show what the figures say."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Mapping
from dataclasses import replace

from bot.domain.deploying.row_counts import Counts, RowsOverReleases, Step, over_releases
from bot.slack.charts import HEIGHT, WIDTH, rows_over_releases


def rows(count: int = 3, **after: int | None) -> RowsOverReleases:
    found: Mapping[str, Counts] = {"before": {"User": 500, "Plan": 3}, "after": {"User": 500, "Plan": 3}}
    steps = [Step(release=f"v1.{n}", before=found["before"], after=found["after"]) for n in range(count)]
    last = Step(release="v2.0", before=found["before"], after={**found["after"], **after})
    return over_releases("projectledger", [*steps, last])


def pixels(png: bytes) -> bytes:
    """The picture's rows, each behind one byte that says how it was filtered."""
    data, place = b"", 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data += png[place + 8 : place + 8 + length] if kind == b"IDAT" else b""
        place += length + 12
    return zlib.decompress(data)


def test_it_is_a_png_of_its_size() -> None:
    png = rows_over_releases(rows())
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)
    assert len(pixels(png)) == (WIDTH * 4 + 1) * HEIGHT


def test_the_same_figures_give_the_same_picture_and_others_another() -> None:
    healthy = rows_over_releases(rows())
    assert rows_over_releases(rows()) == healthy
    assert rows_over_releases(rows(User=0)) != healthy
    assert rows_over_releases(rows(User=499)) != healthy


def test_words_are_drawn_though_the_machines_own_fonts_are_not_asked() -> None:
    renamed = replace(rows(), database="another")
    assert rows_over_releases(renamed) != rows_over_releases(rows())


def test_any_figures_and_names_can_be_drawn() -> None:
    unknown = rows(User=None)
    empty = over_releases("x", [Step(release="v1", before={"vat": 0}, after={"vat": 0})])
    strange = over_releases(
        "x", [Step(release="r" * 100, before={"<b>&\"'" * 10: 10**15}, after={"<b>&\"'" * 10: 0})]
    )
    for each in (unknown, empty, strange):
        assert rows_over_releases(each).startswith(b"\x89PNG")


def test_nobody_waits_for_the_libraries_who_draws_nothing() -> None:
    loaded = "import sys, bot.slack.charts; print([m for m in ('pygal', 'resvg_py') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
