"""The house style of the figures: one palette, one typeface, labels beside what they name."""

from __future__ import annotations

import io
import re
import textwrap
import unicodedata
from dataclasses import dataclass
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import matplotlib as mpl
import matplotlib.font_manager
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.patheffects import withStroke
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from bxtext.figures.series import Series
    from bxtext.wording import Wording

# Okabe and Ito's colours, told apart by people of every colour vision
CX, EX, BX = "#0072B2", "#D55E00", "#00805C"
VOICE_COLOUR = {"customer": CX, "employee": EX}
INK, MUTED, RULE, PALE = "#1F2933", "#5F6B76", "#D5DAE0", "#EEF1F4"
TYPEFACE = "DejaVu Sans"  # comes with matplotlib: the same picture on every machine
DPI = 160
COLOURS = 256
STYLE: dict[Any, Any] = {
    "font.family": TYPEFACE,
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # a unit may be called "$5 shop"
    "axes.labelcolor": MUTED,
    "axes.labelsize": 8.5,
    "axes.edgecolor": RULE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 9,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
}
_RINGS = (7.0, 17.0, 28.0, 40.0, 54.0)  # points from a mark at which its label may stand
_ANGLES = np.deg2rad([0, 180, 90, 270, 35, 145, 215, 325, 60, 120, 240, 300])
_DABS = 60  # boxes that stand for a line, close enough for no name to slip between
_OWN = 9.0  # points that a label without a line keeps from any other mark: nearer to its own, without doubt

_FINE = re.compile(r"scale\([^)]*\)|-?\d+\.\d{2,}")  # a tenth of a point is finer than the eye
_GLYPH_ID = re.compile(r"DejaVuSans(-Bold)?-")  # half of a figure are the names of its letters: the shorter the better
_GLYPH_USE = re.compile(r'transform="translate\((-?[\d.]+) (-?[\d.]+)\)"(?=/>)')

P = ParamSpec("P")


class Chart(Figure):
    """A figure with the words for who reads under it (`caption`) and for who can't see it (`alt`).

    `series` are its figures, where a slide may draw them as a chart of its own.
    """

    caption: str = ""
    alt: str = ""
    empty: bool = False
    dense: bool = False  # many marks: smaller as dots than as lines
    series: Series | None = None

    def to_png(self) -> bytes:
        """Return the picture as a PNG of few colours, as small as it gets."""
        picture = (
            Image.open(io.BytesIO(self._draw_png()))
            .convert("RGB")
            .quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        )
        reduced = io.BytesIO()
        picture.save(reduced, format="png", optimize=True)
        return reduced.getvalue()

    def _draw_png(self) -> bytes:
        with mpl.rc_context(STYLE):
            FigureCanvasAgg(self)
            drawn = io.BytesIO()
            self.savefig(
                drawn, format="png", dpi=DPI, bbox_inches="tight", pad_inches=0.12, pil_kwargs={"compress_level": 1}
            )
        return drawn.getvalue()

    def to_svg(self, *, as_text: bool = False) -> str:
        """Return the picture as an SVG of paths: the same letters on every machine, the same bytes every time.

        `as_text` leaves the letters to whoever draws it, where that is done at once and on this machine.
        """
        letters = "none" if as_text else "path"
        with mpl.rc_context({**STYLE, "svg.hashsalt": "bxtext", "svg.fonttype": letters}):
            drawn = io.StringIO()
            metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
            self.savefig(drawn, format="svg", bbox_inches="tight", pad_inches=0.12, metadata=metadata)
        svg = drawn.getvalue()
        svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
        svg = svg.replace(f"'{TYPEFACE}'", TYPEFACE)  # its quotation marks would end the attribute
        svg = _FINE.sub(_shorten_number, svg)
        svg = _GLYPH_ID.sub(lambda found: "b" if found[1] else "g", svg).replace("xlink:href", "href")
        svg = _GLYPH_USE.sub(lambda found: f'x="{found[1]}"' + (f' y="{found[2]}"' if found[2] != "0" else ""), svg)
        return re.sub(r"\s*\n\s*|(?<=[a-zA-Z]) (?=-?\d)", " ", svg).replace('"', "'").replace("> <", "><")

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, bytes], dict[str, dict[str, str]]]:
        """Show the picture in a notebook, with its alternative text; drawn in half the time, it isn't made smaller."""
        return {"image/png": self._draw_png()}, {"image/png": {"alt": self.alt}}


def _shorten_number(found: re.Match[str]) -> str:
    return found[0] if found[0][0] == "s" else f"{float(found[0]):.1f}".removesuffix(".0")


def in_house_style(draw: Callable[P, Chart]) -> Callable[P, Chart]:
    """Let a function draw in the house style, and leave matplotlib's settings as they were."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Chart:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return styled


def start_chart(title: str, *, width: float = 7.2, height: float = 4.0) -> Chart:
    """Return an empty chart, its title top left; sizes in inches."""
    chart = Chart(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(chart)
    lines = textwrap.fill(drawable(title), int(width * 11.5))
    chart.suptitle(lines, x=0.012, ha="left", fontsize=11, fontweight="bold")
    return chart


def empty_chart(title: str, wording: Wording) -> Chart:
    """Return a chart that says that there isn't enough data."""
    chart = start_chart(title, height=1.4)
    said = wording.text("figure.empty")
    chart.text(0.5, 0.4, drawable(said), ha="center", va="center", color=MUTED, fontsize=10)
    chart.caption, chart.alt, chart.empty = said, f"{title} {said}", True
    return chart


def score_axis(axes: Axes, wording: Wording) -> None:
    """Make the x axis a score: 0 to 100, a line at the neutral 50."""
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.axvline(50, color=RULE, linewidth=1.2, zorder=0)
    axes.set_xlabel(drawable(wording.text("figure.score_axis")))
    axes.spines["left"].set_visible(False)


def name_rows(axes: Axes, labels: Iterable[str], *, width: int = 36) -> None:
    """Name the rows of a horizontal chart, the first one on top, with a pale line to lead the eye."""
    names = [shorten(label, width) for label in labels]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    for row in range(len(names)):
        axes.axhline(row, color=PALE, linewidth=0.8, zorder=0)


def say_others(count: int, wording: Wording) -> str:
    """Return the end of a caption that says how many rows the figure leaves to the table."""
    return wording.text("figure.others", n=count) if count else ""


def say_span(span: str, wording: Wording) -> str:
    """Return the end of a caption that says the time covered, in words that the caller may know."""
    return wording.text("figure.span", span=span) if span else ""


def shorten(label: str, width: int, lines: int = 2) -> str:
    r"""Return a label broken over at most two lines of `width` characters.

    Examples
    --------
    >>> shorten("Suivi de la commande et du retour", 20)
    'Suivi de la commande\net du retour'
    """
    wrapped = textwrap.wrap(drawable(label), width, max_lines=lines, placeholder=" …", break_on_hyphens=False)
    return "\n".join(wrapped)


def drawable(text: str) -> str:
    r"""Return text the typeface can draw: no control characters, an empty box for a sign it lacks.

    Examples
    --------
    >>> drawable("caf\u00e9 \u5e97\u202e")
    'café □'
    """
    known = _characters()
    kept = (
        character if ord(character) in known else " " if character.isspace() else "□"
        for character in text
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return "".join(" " if character in "\n\r\t\v\f" else character for character in kept)


@cache
def _characters() -> frozenset[int]:
    path = mpl.font_manager.findfont(TYPEFACE)
    return frozenset(FT2Font(path).get_charmap())


def place_labels(
    axes: Axes,
    places: NDArray[np.float64],
    labels: Sequence[str],
    *,
    size: float = 8,
    strokes: NDArray[np.float64] | None = None,
) -> list[int]:
    """Name points, rows of (x, y), the first ones first, where no text covers another; return which found a place.

    A name stands as near its point as it can, tied to it by a line when that isn't beside it. `strokes` are lines that
    no name may cover, as (n, 2, 2): both ends of each, in the units of the axes.
    """
    chart = axes.get_figure()
    assert isinstance(chart, Chart)  # noqa: S101  every figure here is one
    chart.draw_without_rendering()
    renderer = FigureCanvasAgg(chart).get_renderer()  # type: ignore[no-untyped-call]
    scale = chart.dpi / 72
    points = axes.transData.transform(places)
    to_data = axes.transData.inverted().transform
    marks = np.column_stack([points - 4.5 * scale, points + 4.5 * scale])
    taken = np.array([text.get_window_extent(renderer).extents for text in axes.texts]).reshape(-1, 4)
    drawn = np.empty((0, 4))
    if strokes is not None:
        along = np.linspace(strokes[:, 0], strokes[:, 1], _DABS).reshape(-1, 2)
        dabs = axes.transData.transform(along)
        drawn = np.column_stack([dabs - scale, dabs + scale])
    space = _Space(np.array(axes.get_window_extent(renderer).extents), marks, taken, drawn, scale)
    placed = []
    for number, (point, label) in enumerate(zip(points, labels, strict=False)):
        text = axes.text(0, 0, label, fontsize=size, color=INK, va="center", ha="center", linespacing=1.05, zorder=5)
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
        text.set_in_layout(False)
        box = text.get_window_extent(renderer)
        extent = np.array([box.width, box.height])
        spot = space.find(point, extent)
        if spot is None:
            text.remove()
            continue
        centre, beside = spot
        text.set_position(tuple(to_data(centre)))
        space.names = np.vstack([space.names, np.concatenate([centre - extent / 2, centre + extent / 2])])
        if not beside:
            ends = np.array([to_data(point), to_data(np.clip(point, centre - extent / 2, centre + extent / 2))])
            axes.plot(*ends.T, color=INK, linewidth=0.7, zorder=2, in_layout=False)
        placed.append(number)
    return placed


@dataclass
class _Space:
    """What is taken of a plot, in pixels: boxes of marks, names and strokes as rows of (left, low, right, high)."""

    frame: NDArray[np.float64]
    marks: NDArray[np.float64]
    names: NDArray[np.float64]
    strokes: NDArray[np.float64]
    scale: float

    def find(self, point: NDArray[np.float64], extent: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool] | None:
        """Return the nearest centre at which a name covers nothing, and whether it is right beside its point."""
        half = extent / 2 + 1.5 * self.scale
        taken = np.vstack([self.marks, self.names, self.strokes])
        for ring, radius in enumerate(_RINGS):
            for turn, angle in enumerate(_ANGLES):
                way = np.array([np.cos(angle), np.sin(angle)]).round(6)
                centre = point + way * radius * self.scale + np.sign(way) * extent / 2 * (np.abs(way) > 0.5)
                low, high = centre - half, centre + half
                inside = (low >= self.frame[:2]).all() and (high <= self.frame[2:]).all()
                free = ((high <= taken[:, :2]) | (low >= taken[:, 2:])).any(axis=1).all()
                if ring == 0 and turn >= 4:
                    continue  # a line that short would not be seen
                beside = ring == 0
                clear = self._is_alone(point, low, high) if beside else self._sees(point, centre)
                if inside and free and clear:
                    return centre, beside
        return None

    def _others(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """The marks of other points."""
        middles = (self.marks[:, :2] + self.marks[:, 2:]) / 2
        return self.marks[(np.abs(middles - point) > 0.5).any(axis=1)]

    def _is_alone(self, point: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Whether no other mark is so near that a name from `low` to `high` could be its own."""
        room, others = _OWN * self.scale, self._others(point)
        near = (others[:, 2:] > low - room) & (others[:, :2] < high + room)
        return not near.all(axis=1).any()

    def _sees(self, point: NDArray[np.float64], centre: NDArray[np.float64]) -> bool:
        """Whether a line from the point to the centre crosses no name and no other mark."""
        way = np.linspace(point, centre, 24)[:, None, :]
        taken = np.vstack([self.names, self._others(point)])
        return not ((way > taken[:, :2]) & (way < taken[:, 2:])).all(axis=2).any()
