"""What the pages of this folder look like: colours, key figures, sentences, tables. Nothing asks the warehouse."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

import altair as alt
import pandas as pd
from great_tables import GT
from IPython.display import HTML, Markdown, display
from itables import JavascriptFunction, init_notebook_mode, show

BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8A94A0",
)  # fmt: skip
"""Colours that colour-blind eyes tell apart too (Okabe and Ito, 2008)."""
KINDS = {"public": GREY, "private": BLUE, "shared": ORANGE, "marketplace": GREEN}
GIB = 2**30
THOUSANDS = (
    "function (data, type) { const none = data === null || data === '' || Number.isNaN(Number(data));"
    " if (type === 'display' && none) return '%s'; return type === 'display' ? Number(data)"
)
UNKNOWN, AT_LEAST = "unknown", "at least"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
THOUSAND, MILLION = 1_000, 1_000_000

init_notebook_mode(all_interactive=False, connected=False)


@alt.theme.register("imagekeeper", enable=True)
def theme() -> alt.theme.ThemeConfig:
    """Quiet charts: no frames, few lines, text as on the page."""
    text = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": "#333F4D"}
    return {
        "config": {
            "font": FONT,
            "background": "transparent",
            "view": {"stroke": None},
            "autosize": {"type": "fit-x", "contains": "padding"},
            "range": {"category": [BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW, GREY], "heatmap": {"scheme": "blues"}},
            "axis": text | {
                "titleColor": "#5B6675", "gridColor": "#E6EAEE", "domain": False, "ticks": False,
                "labelLimit": 280, "labelPadding": 6, "labelSeparation": 8,
            },
            "axisQuantitative": {"tickCount": 6},
            "legend": {
                "orient": "top", "title": None, "labelFontSize": 12, "symbolType": "square", "direction": "horizontal",
                "labelColor": "#333F4D",
            },
            "title": {"anchor": "start", "fontSize": 14, "fontWeight": 600, "offset": 10, "color": "#1C2430",
                      "subtitleColor": "#5B6675", "subtitleFontSize": 12},
            "bar": {"cornerRadiusEnd": 2},
        }
    }  # fmt: skip


class Figure(NamedTuple):
    """A number that matters: the value as it is read, what it counts, what to know of it, and how it came to be."""

    value: str
    label: str
    note: str = ""
    trend: Sequence[float] = ()


def figures(*shown: Figure) -> HTML:
    """Key figures, each a card; a line under it shows how it went."""
    cards = "".join(
        # a card is too narrow for words before a number
        f"<li><b>{escape(one.value.replace(AT_LEAST, '≥'))}</b><span>{escape(one.label)}</span>"
        + (f"<small>{escape(one.note)}</small>" if one.note else "")
        + (_sparkline(one.trend) if len(one.trend) > 1 else "")
        + "</li>"
        for one in shown
    )
    return HTML(f'<ul class="figures">{cards}</ul>')


def opening(state: object, as_of: str, **asked: str | None) -> HTML:
    """For when the page holds, what it was asked for, and what the warehouse holds."""
    recorded = f"{state.last_action:%Y-%m-%d %H:%M} UTC" if state.last_action else "nothing yet"
    held = ", ".join(
        many(number, thing)
        for number, thing in ((state.images, "image"), (state.shares, "share"), (state.servers, "server"))
    )
    told = {"As of": f"{pd.to_datetime(as_of, utc=True):%Y-%m-%d %H:%M} UTC"}
    told |= {name.replace("_", " ").capitalize(): value or "all" for name, value in asked.items()}
    told |= {"Last recorded action": recorded, "Warehouse now": held}
    chips = "".join(f"<span>{escape(name)}: <b>{escape(value)}</b></span> " for name, value in told.items())
    return HTML(f'<p class="state">{chips}</p>')


def nothing(said: str, elsewhere: str) -> HTML:
    """A page on which there is nothing to show says so, and where there would be something."""
    return HTML(f'<p class="nothing"><b>{escape(said)}</b> {escape(elsewhere)}</p>')


def in_short(*sentences: str) -> Markdown:
    """What a reader should know who reads nothing else; ``**`` around what matters."""
    return Markdown("\n".join(f"- {sentence}" for sentence in sentences if sentence))


def table(frame: pd.DataFrame, *, unknown: Sequence[str] = (), **decimals: int) -> None:
    """A table to search, sort, page through and take away as CSV; numbers with thousands.

    Args:
        frame: its columns are the headings.
        unknown: columns of numbers in which no number means that it is not known; in all others it is left empty.
        decimals: of columns that are no whole numbers (spaces of their names written ``_``), how many decimals; of
            exact decimals as many as they have, 2 at most, where left out.
    """
    numbers = {name: _decimals(frame[name]) for name in frame if _is_number(frame[name])}
    places = {name: decimals.get(name.replace(" ", "_"), number) for name, number in numbers.items()}
    frame = frame.assign(**{name: frame[name].round(number).astype(float) + 0 for name, number in places.items()})
    shown = {name: THOUSANDS % (UNKNOWN if name in unknown else "") for name in places}
    written = [
        {"targets": list(frame.columns).index(name), "className": "dt-type-numeric",
         "render": JavascriptFunction(f"{shown[name]}.toLocaleString('en', {{minimumFractionDigits: {number},"
                                      f" maximumFractionDigits: {number}}}) : data; }}")}
        for name, number in places.items()
    ]  # fmt: skip
    # said to be text, or dates would be set to the right, against what follows them
    words = [place for place, name in enumerate(frame.columns) if name not in places]
    written += [{"targets": words, "type": "string"}] if words else []
    show(frame, showIndex=False, maxBytes=0, columnDefs=written, buttons=["csvHtml5", "copyHtml5"])


def summary(
    rows: pd.DataFrame, labels: Mapping[str, str], *, title: str = "", under: str = "", unknown: Sequence[str] = ()
) -> GT:
    """A table to read: these columns under these labels, numbers with thousands, exact decimals with 2 at most.

    In the columns ``unknown`` no value means that it is not known; in all others it is left empty.
    """
    numbers = [name for name in labels if _is_number(rows[name])]
    exact = {name: _decimals(rows[name]) for name in numbers if "decimal" in str(rows[name].dtype)}
    rows = rows.assign(**{name: rows[name].round(places) for name, places in exact.items()})
    dates = [name for name in labels if "date" in str(rows[name].dtype)]
    unbroken = {name: days(rows[name]).str.replace("-", "\N{NON-BREAKING HYPHEN}") for name in dates}
    empty = [name for name in labels if name not in unknown]
    shown = GT(rows[list(labels)].assign(**unbroken)).cols_label(**labels).sub_missing(empty, missing_text="")
    shown = shown.sub_missing(list(unknown), missing_text=UNKNOWN) if unknown else shown
    shown = shown.fmt_integer([name for name in numbers if "int" in str(rows[name].dtype)])
    for name, places in exact.items():
        shown = shown.fmt_number(name, decimals=places)
    shown = shown.cols_align("left").cols_align("right", numbers)
    return shown.tab_header(title, under or None) if title else shown


def gib(sizes: pd.Series) -> pd.Series:
    """Bytes as GiB, to draw or to list."""
    return (sizes / GIB).astype(float).round(3)


def size(number: int) -> str:
    """Bytes as people say them."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(number) < 1024:  # noqa: PLR2004 - the step from one unit to the next
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1024
    return f"{number:,.1f} TiB" if abs(number) < 1024 else f"{number / 1024:,.1f} PiB"  # noqa: PLR2004


def days(moments: pd.Series) -> pd.Series:
    """Moments as dates; empty where there is none."""
    return pd.to_datetime(moments).dt.strftime("%Y-%m-%d").fillna("")


def known(values: pd.Series) -> pd.Series:
    """Whole numbers as text with thousands; where there is none, it is not known."""
    return pd.Series([UNKNOWN if pd.isna(one) else f"{one:,}" for one in values], values.index, dtype="str")


def at_least(number: int, beside: int, said: Callable[[int], str] = "{:,}".format) -> str:
    """A number of which ``beside`` more things may be a part: at least so many; of none it is not known.

    Args:
        number: what is counted; none is NA.
        beside: how many things it is not known of.
        said: how the number is written.
    """
    if pd.isna(number) or (beside and not number):
        return UNKNOWN
    return f"{AT_LEAST} {said(number)}" if beside else said(number)


def unobserved(number: int, thing: str, clouds: str, *, said: str = "Use is unknown for", left_out: bool = True) -> str:
    """Why it is not known who uses so many things on these clouds, in Markdown; empty where there are none."""
    if not number:
        return ""
    out = " They are left out here." if left_out else ""
    return (
        f"**{said} {many(number, thing)} on {escape(clouds)}**: servers and disks that others started there are not"
        f" observed.{out}"
    )


def many(number: int, thing: str) -> str:
    """So many things."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def percent(part: float, whole: float) -> str:
    """A part of a whole; a trace is not nothing, and nearly all is not all."""
    if not whole or not part:
        return "0 %"
    share = part / whole * 100
    return "under 1 %" if share < 1 else "over 99 %" if 99 < share < 100 else f"{share:,.0f} %"  # noqa: PLR2004


def place_of(region: str | None) -> str:
    """Where, in a sentence."""
    return f"in region {region}" if region else "in any region"


def shown(*things: object) -> None:
    """Put these on the page, one below the other."""
    display(*[thing for thing in things if thing is not None])


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _decimals(values: pd.Series) -> int:
    """How many decimals an exact number is written with."""
    kind = getattr(values.dtype, "pyarrow_dtype", None)
    return min(kind.scale, 2) if "decimal" in str(kind) else 0


def _sparkline(values: Iterable[float]) -> str:
    heights = [float(value) for value in values]
    low, high = min(0.0, *heights), max(heights)
    reach = (high - low) or 1.0
    step = 100 / (len(heights) - 1)
    points = " ".join(f"{i * step:.1f},{22 - (height - low) / reach * 20:.1f}" for i, height in enumerate(heights))
    return (
        '<svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">'
        f'<polygon points="0,24 {points} 100,24"/><polyline points="{points}"/></svg>'
    )
