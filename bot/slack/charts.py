"""Pictures for people in a hurry: as PNG, readable at a phone's width and without seeing colours."""

import math
from collections.abc import Iterator
from importlib.resources import as_file, files
from typing import Any

from bot.domain.deploying.row_counts import Line, RowsOverReleases, figure

#: Of the picture, in pixels; a phone shows about half of each.
WIDTH, HEIGHT = 1600, 1800
#: The drawing has its own units, so that the figures below are those of a page.
_SCALE = 2
_FONT = "IBM Plex Sans"
_INK, _PAPER, _RULE = "#1d1c1d", "#ffffff", "#d8d8d8"
#: Told apart by strokes and numbers as well.
_COLOURS = ("#1f5fa8", "#b3261e", "#1b7a4b", "#8a4fbf", "#a35a00", "#00707a")
_STROKE = 4
_DASHES = ("1, 0", "14, 7", "3, 7", "18, 6, 3, 6", "8, 4", "2, 12")
_LABEL_CHARS = 9
_NAME_CHARS = 26
_LARGE, _SMALL = 8, 4


def rows_over_releases(rows: RowsOverReleases) -> bytes:
    """A PNG of `WIDTH` × `HEIGHT`: one numbered line for each table, before and after each release.

    The scale is logarithmic and has a zero, so that small tables are seen beside large ones, and lost ones.
    The same on every machine: with the font that is brought along, and no other. There must be a line.
    """
    # Late: only whoever draws waits for them.
    import resvg_py

    with as_file(files("fontpkg_ibm_plex_sans") / "files" / "IBMPlexSans[wdth,wght].ttf") as font:
        return resvg_py.svg_to_bytes(
            svg_string=_drawn(rows),
            width=WIDTH,
            height=HEIGHT,
            font_files=[str(font)],
            skip_system_fonts=True,
        )


def _drawn(rows: RowsOverReleases) -> str:
    from pygal import Line as Chart

    chart = Chart(
        style=_style(),
        width=WIDTH // _SCALE,
        height=HEIGHT // _SCALE,
        title=rows.title.replace(" over ", "\nover "),
        js=(),
        legend_at_bottom=True,
        legend_at_bottom_columns=1,
        legend_box_size=16,
        truncate_legend=-1,
        truncate_label=-1,
        x_label_rotation=40,
        show_x_guides=False,
        print_labels=True,
        allow_interruptions=True,
        margin=18,
        margin_right=30,
        spacing=14,
    )
    highest = max((line.highest for line in rows.lines), default=0)
    chart.range = (-0.25, _height(max(highest, 1)))
    chart.y_labels = [{"label": _tick(power), "value": _height(power)} for power in _powers(highest)]
    chart.x_labels = [label for each in rows.releases for label in ("", _clip(each, _LABEL_CHARS))]
    for place, line in enumerate(rows.lines):
        dashes = {"width": _STROKE, "dasharray": _DASHES[place]}
        chart.add(_legend(place, line), list(_points(place, line, rows)), stroke_style=dashes)
    svg: str = chart.render(is_unicode=True)
    return svg


def _points(place: int, line: Line, rows: RowsOverReleases) -> Iterator[dict[str, Any] | None]:
    """A small dot before each release, a large one after it. The lines are numbered at different releases:
    where two lie upon each other, both numbers are seen."""
    turns = min(len(rows.releases), len(rows.lines))
    for position, value in enumerate(line.rows):
        if value is None:
            yield None
            continue
        release, after = divmod(position, 2)
        numbered = after and release % turns == place % turns
        dot = {"r": _LARGE if after else _SMALL, "style": "stroke: none"}
        yield {"value": _height(value), "label": f"{place + 1}" if numbered else "", "node": dot}


def _legend(place: int, line: Line) -> str:
    before, after = line.last
    return f"{place + 1}  {_clip(line.table, _NAME_CHARS)}  {figure(before)} → {figure(after)}"


def _height(rows: int) -> float:
    return math.log10(rows + 1)


def _powers(highest: int) -> list[int]:
    """0, 10, 100 … up to what is there, and not more than nine."""
    powers = [10**power for power in range(1, len(str(highest)))]
    return [0, *powers[:: len(powers) // 9 + 1]]


def _tick(number: int) -> str:
    for size, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number // size:,} {unit}"
    return str(number)


def _clip(text: str, limit: int) -> str:
    """The end tells releases and tables apart: the middle goes."""
    if len(text) <= limit:
        return text
    kept = limit - 1
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


def _style() -> Any:
    from pygal.style import Style

    return Style(
        background=_PAPER,
        plot_background=_PAPER,
        foreground=_INK,
        foreground_strong=_INK,
        foreground_subtle=_INK,
        guide_stroke_color=_RULE,
        major_guide_stroke_color=_RULE,
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        opacity="1",
        stroke_width=_STROKE,
        colors=_COLOURS,
        font_family=_FONT,
        title_font_size=34,
        label_font_size=25,
        major_label_font_size=25,
        legend_font_size=27,
        value_label_font_size=25,
        value_font_size=14,
    )
