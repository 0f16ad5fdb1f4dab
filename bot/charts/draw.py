"""A chart as a PNG picture: the only place that knows matplotlib. Called in the worker process only.

Dark, and large enough in everything to be read on a phone. All words come with the chart.
"""

import io
import math
import unicodedata
from collections.abc import Sequence
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from bot.charts.ticks import number_ticks, time_ticks, zone_of
from bot.domain.units import WAD
from bot.messages.model import Chart

mpl.rcParams["text.parse_math"] = False  # two prices in dollars are no formula

WIDTH, HEIGHT, _DPI = 1000, 560, 100
_LEFT: Final = 0.04
_BACK, _PANEL, _GRID, _FAINT, _INK = "#10151c", "#151c25", "#26303c", "#9aa7b5", "#eef3f8"
_PRICE, _HEALTH, _RED, _LEVEL = "#5cb8ff", "#7ee0a8", "#ff5c5c", "#ffc857"
_SIZE, _SMALL, _BIG = 17, 15, 21
_TITLE_CAP, _LABEL_CAP = 52, 56
_FAR: Final = 4
"""What lies this many times above or below the whole price line is named at the edge, not drawn to scale."""
_HEALTH_SHOWN: Final = 1000 * WAD
_PAPER: Final = {"facecolor": _PANEL, "edgecolor": "none", "pad": 2.5}
_SIGNS: Final = {
    "build": ("^", _HEALTH, 12, -12),
    "sell": ("v", _LEVEL, 12, 12),
    "borrow": ("D", "#c792ea", 8, -24),
    "repay": ("s", "#9aa7b5", 8, 24),
    "liquidated": ("X", _RED, 15, 0),
}
"""Shape, colour and size of a mark, never the colour alone; how far above the line it is, in points, so that
those of one moment stand apart.
"""
_Series = Sequence[tuple[int, int]]


def draw(chart: Chart) -> bytes:
    """A PNG of WIDTH x HEIGHT; raises whatever it raises for a chart that cannot be drawn."""
    health = [one for one in chart.health if one[1] < _HEALTH_SHOWN]
    if not (chart.price or health or chart.bars):
        raise ValueError("nothing to draw")
    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=_BACK)
    canvas = FigureCanvasAgg(figure)
    figure.text(_LEFT, 0.925, _clean(chart.title, _TITLE_CAP), color=_INK, size=_BIG, weight="bold")
    if chart.bars:
        _bars(figure, chart)
        return _png(canvas)
    moments = [at for at, _value in (*chart.price, *health)]
    start, end = min(moments), max(moments)
    both = bool(chart.price and health)
    if chart.price:
        axes = figure.add_axes((_LEFT, 0.41, 0.85, 0.43) if both else (_LEFT, 0.10, 0.85, 0.74))
        _frame(axes, chart, start, end, named=not both)
        figure.text(_LEFT, 0.86, _clean(chart.price_label, 24), color=_PRICE, size=_SMALL)
        _price(axes, chart)
    if health:
        axes = figure.add_axes((_LEFT, 0.10, 0.85, 0.21) if both else (_LEFT, 0.10, 0.85, 0.74))
        _frame(axes, chart, start, end, named=True)
        label = _clean(chart.health_label, 40)
        figure.text(_LEFT, 0.332 if both else 0.86, label, color=_HEALTH, size=_SMALL)
        _health(axes, health, most=2 if both else 5)
    return _png(canvas)


def _png(canvas: FigureCanvasAgg) -> bytes:
    out = io.BytesIO()
    canvas.print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _frame(axes: Axes, chart: Chart, start: int, end: int, *, named: bool) -> None:
    """Everything but the values: grid, times below if `named`, numbers at the right, where now is."""
    zone, name = zone_of(chart.timezone)
    axes.set_facecolor(_PANEL)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_xlim(start, end + max((end - start) // 60, 1))
    marks = time_ticks(start, end, zone)
    axes.set_xticks([at for at, _text in marks], [text if named else "" for _at, text in marks])
    axes.grid(visible=True, color=_GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_FAINT, labelsize=_SMALL, length=0, pad=6)
    axes.yaxis.tick_right()
    if named:
        axes.figure.text(0.89, 0.86, _clean(name, 40), color=_FAINT, size=_SMALL, ha="right")


def _scale(axes: Axes, low: int, high: int, unit: int, most: int) -> None:
    marks = number_ticks(low, high, unit, most)
    axes.set_ylim(low / unit, high / unit)
    axes.set_yticks([value / unit for value, _text in marks], [text for _value, text in marks])


def _line(axes: Axes, series: _Series, unit: int, colour: str) -> None:
    ats, values = [at for at, _value in series], [value / unit for _at, value in series]
    axes.plot(ats, values, color=colour, linewidth=2.6, solid_joinstyle="round", zorder=4)
    axes.plot(ats[-1:], values[-1:], "o", color=colour, markersize=9, zorder=5, clip_on=False)


def _price(axes: Axes, chart: Chart) -> None:
    values = [value for _at, value in chart.price]
    near, far = min(values) // _FAR, max(values) * _FAR
    levels = [(label, at) for label, at in chart.levels if near <= at <= far]
    is_near = chart.liquidation > 0 and near <= chart.liquidation <= far
    shown = [*values, *(at for _label, at in levels), *([chart.liquidation] if is_near else [])]
    low, high = _room(min(shown), max(shown))
    _scale(axes, low, high, chart.unit, 5)
    _line(axes, chart.price, chart.unit, _PRICE)
    _marks(axes, chart)
    falls = chart.liquidation < values[-1]
    labels: list[tuple[int, str, str]] = []
    for label, at in levels:
        axes.axhline(at / chart.unit, color=_LEVEL, linewidth=1.6, linestyle=(0, (5, 4)), zorder=3)
        labels.append((at, _clean(label, _LABEL_CAP), _LEVEL))
    if is_near:
        bottom, top = (low, chart.liquidation) if falls else (chart.liquidation, high)
        axes.axhspan(bottom / chart.unit, top / chart.unit, color=_RED, alpha=0.18, linewidth=0, zorder=1)
        axes.axhline(chart.liquidation / chart.unit, color=_RED, linewidth=2.6, zorder=3)
        labels.append((chart.liquidation, _clean(chart.liquidation_label, _LABEL_CAP), _RED))
    elif chart.liquidation > 0:
        arrow, edge = ("↓", low) if falls else ("↑", high)
        labels.append((edge, f"{arrow} {_clean(chart.liquidation_label, _LABEL_CAP)}", _RED))
    _name(axes, labels, low, high)


def _marks(axes: Axes, chart: Chart) -> None:
    """Each kind in its own shape, named at the upper edge."""
    for mark in chart.marks:
        if mark.sign not in _SIGNS or not mark.points:
            continue
        shape, colour, size, above = _SIGNS[mark.sign]
        apart = ScaledTranslation(0, above / 72, axes.figure.dpi_scale_trans)
        axes.plot([at for at, _value in mark.points], [value / chart.unit for _at, value in mark.points],
                  shape, color=colour, markersize=size, markeredgecolor=_BACK, markeredgewidth=1.2,
                  label=_clean(mark.label, 20), zorder=6, clip_on=False,
                  transform=axes.transData + apart)  # fmt: skip
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", bbox_to_anchor=(0.1, 1.0), ncols=len(_SIGNS), frameon=False,
                    fontsize=_SMALL - 1, labelcolor=_INK, handletextpad=0, columnspacing=0.9,
                    borderaxespad=0.2)  # fmt: skip


def _health(axes: Axes, series: _Series, most: int) -> None:
    values = [value for _at, value in series]
    shown = [*values, WAD] if min(values) < 2 * WAD else values
    low, high = _room(min(shown), max(shown))
    _scale(axes, low, high, WAD, most)
    _line(axes, series, WAD, _HEALTH)
    if low < WAD < high:
        axes.axhspan(low / WAD, 1, color=_RED, alpha=0.18, linewidth=0, zorder=1)
        axes.axhline(1, color=_RED, linewidth=2, zorder=3)


def _bars(figure: Figure, chart: Chart) -> None:
    """What comes in stands up, what goes out hangs down; both on one scale, so that they compare."""
    axes = figure.add_axes((_LEFT, 0.10, 0.85, 0.74))
    ats = [at for at, _in, _out in chart.bars]
    _frame(axes, chart, min(ats), max(ats) + chart.bar_s, named=True)
    into, out = [one for _at, one, _out in chart.bars], [one for _at, _in, one in chart.bars]
    high, low = _room(0, max(into))[1], _room(0, max(out))[1]
    marks = number_ticks(0, max(high, low), chart.unit, 4)
    sides = [(at, text) for at, text in marks if at <= high]
    sides += [(-at, text) for at, text in marks if 0 < at <= low]
    axes.set_ylim(-low / chart.unit, high / chart.unit)
    axes.set_yticks([at / chart.unit for at, _text in sides], [text for _at, text in sides])
    wide = chart.bar_s * 8 // 10
    axes.bar(ats, [one / chart.unit for one in into], wide, color=_HEALTH, align="edge", zorder=3)
    axes.bar(ats, [-one / chart.unit for one in out], wide, color=_LEVEL, align="edge", zorder=3)
    axes.axhline(0, color=_FAINT, linewidth=1.4, zorder=4)
    up, down = (_clean(one, 28) for one in chart.bars_labels)
    figure.text(_LEFT, 0.86, up, color=_HEALTH, size=_SMALL)
    figure.text(_LEFT + 0.26, 0.86, down, color=_LEVEL, size=_SMALL)


def _name(axes: Axes, labels: Sequence[tuple[int, str, str]], low: int, high: int) -> None:
    """The labels at the left, each at its line, moved apart where lines are closer than words are high."""
    height = axes.get_position().height * HEIGHT
    gap = math.ceil((high - low) * 27 / height)
    top = high - gap * 6 // 10
    found = sorted((one for one in labels if one[1]), key=lambda one: -one[0])
    ys: list[int] = []
    for at, _text, _colour in found:
        top = min(at, top)
        ys.append(top)
        top -= gap
    floor = low + gap * 6 // 10
    for number in reversed(range(len(ys))):  # and up again from the floor
        ys[number] = max(ys[number], floor)
        floor = ys[number] + gap
    for y, (_at, text, colour) in zip(ys, found, strict=True):
        axes.text(0.012, (y - low) / (high - low), text, color=colour, size=_SMALL, va="center",
                  transform=axes.transAxes, bbox=_PAPER, zorder=3.5)  # fmt: skip


def _room(low: int, high: int) -> tuple[int, int]:
    """Some air above and below; what never moved lies in the middle."""
    air = max((high - low) // 9, high // 500, 1)
    return max(low - air, 0), high + air


def _clean(text: str, most: int) -> str:
    """What a font can show, on one line; labels are hostile text."""
    plain = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
