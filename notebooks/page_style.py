"""The style of the report pages: colours, key figures, tables and number formats. Does not query the warehouse."""

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
"""Colours that colour-blind readers can tell apart (Okabe and Ito, 2008)."""
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
    """Return the theme of all charts: no frames, few lines, and the fonts of the page."""
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
    """A key figure: its value as text, what it counts, a note, and earlier values for a small chart."""

    value: str
    label: str
    note: str = ""
    trend: Sequence[float] = ()


def figures(*cards: Figure) -> HTML:
    """Return key figures as cards, each with a small chart of its earlier values."""
    items = "".join(
        # a card is too narrow for "at least"
        f"<li><b>{escape(card.value.replace(AT_LEAST, '≥'))}</b><span>{escape(card.label)}</span>"
        + (f"<small>{escape(card.note)}</small>" if card.note else "")
        + (_sparkline(card.trend) if len(card.trend) > 1 else "")
        + "</li>"
        for card in cards
    )
    return HTML(f'<ul class="figures">{items}</ul>')


def page_header(state: object, as_of: str, **parameters: str | None) -> HTML:
    """Return the line below the title: the time of the page, its parameters, and what the warehouse contains."""
    recorded = f"{state.last_action:%Y-%m-%d %H:%M} UTC" if state.last_action else "nothing yet"
    contents = ", ".join(
        count_of(number, noun)
        for number, noun in ((state.images, "image"), (state.shares, "share"), (state.servers, "server"))
    )
    facts = {"As of": f"{pd.to_datetime(as_of, utc=True):%Y-%m-%d %H:%M} UTC"}
    facts |= {name.replace("_", " ").capitalize(): value or "all" for name, value in parameters.items()}
    facts |= {"Last recorded action": recorded, "Warehouse now": contents}
    chips = "".join(f"<span>{escape(name)}: <b>{escape(value)}</b></span> " for name, value in facts.items())
    return HTML(f'<p class="state">{chips}</p>')


def empty_page(message: str, hint: str) -> HTML:
    """Return the text of a page without data: what is missing, and where there is data."""
    return HTML(f'<p class="nothing"><b>{escape(message)}</b> {escape(hint)}</p>')


def summary_list(*sentences: str) -> Markdown:
    """Return the summary of a page as a list; empty sentences are left out. ``**`` marks what matters most."""
    return Markdown("\n".join(f"- {sentence}" for sentence in sentences if sentence))


def table(frame: pd.DataFrame, *, unknown: Sequence[str] = (), **decimals: int) -> None:
    """Show a table that the reader can search, sort, page through and export as CSV. Numbers have thousands separators.

    Args:
        frame: the rows. Its column names are the headings.
        unknown: number columns in which a missing value is shown as "unknown". In others it is left empty.
        decimals: the decimals of a column, by its name with ``_`` for spaces. Without it, a decimal column has its
            own number of decimals, 2 at most, and other columns have none.
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
    # declared as text, or DataTables would align dates to the right
    texts = [position for position, name in enumerate(frame.columns) if name not in places]
    written += [{"targets": texts, "type": "string"}] if texts else []
    show(frame, showIndex=False, maxBytes=0, columnDefs=written, buttons=["csvHtml5", "copyHtml5"])


def summary(
    rows: pd.DataFrame, labels: Mapping[str, str], *, title: str = "", under: str = "", unknown: Sequence[str] = ()
) -> GT:
    """Return a table to read, with the columns of ``labels`` under their labels.

    Numbers have thousands separators, decimals at most 2 digits. In the columns ``unknown`` a missing value is shown as
    "unknown"; in others it is left empty.
    """
    numbers = [name for name in labels if _is_number(rows[name])]
    exact = {name: _decimals(rows[name]) for name in numbers if "decimal" in str(rows[name].dtype)}
    rows = rows.assign(**{name: rows[name].round(places) for name, places in exact.items()})
    date_columns = [name for name in labels if "date" in str(rows[name].dtype)]
    unbroken = {name: dates(rows[name]).str.replace("-", "\N{NON-BREAKING HYPHEN}") for name in date_columns}
    empty = [name for name in labels if name not in unknown]
    result = GT(rows[list(labels)].assign(**unbroken)).cols_label(**labels).sub_missing(empty, missing_text="")
    result = result.sub_missing(list(unknown), missing_text=UNKNOWN) if unknown else result
    result = result.fmt_integer([name for name in numbers if "int" in str(rows[name].dtype)])
    for name, places in exact.items():
        result = result.fmt_number(name, decimals=places)
    result = result.cols_align("left").cols_align("right", numbers)
    return result.tab_header(title, under or None) if title else result


def gib(sizes: pd.Series) -> pd.Series:
    """Convert bytes to GiB, with 3 decimals."""
    return (sizes / GIB).astype(float).round(3)


def size(number: int) -> str:
    """Format bytes with a binary unit, such as ``1.5 GiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(number) < 1024:  # noqa: PLR2004 - the step from one unit to the next
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1024
    return f"{number:,.1f} TiB" if abs(number) < 1024 else f"{number / 1024:,.1f} PiB"  # noqa: PLR2004


def dates(times: pd.Series) -> pd.Series:
    """Format times as dates; missing ones are empty."""
    return pd.to_datetime(times).dt.strftime("%Y-%m-%d").fillna("")


def or_unknown(values: pd.Series) -> pd.Series:
    """Format whole numbers with thousands separators; missing ones as "unknown"."""
    return pd.Series([UNKNOWN if pd.isna(value) else f"{value:,}" for value in values], values.index, dtype="str")


def at_least(number: int, uncounted: int, text: Callable[[int], str] = "{:,}".format) -> str:
    """Format a number that may be too low, such as "at least 3"; "unknown" if it is 0 or missing.

    Args:
        number: the number, or NA.
        uncounted: how many items could not be counted. If it is 0, the number is exact.
        text: formats the number.
    """
    if pd.isna(number) or (uncounted and not number):
        return UNKNOWN
    return f"{AT_LEAST} {text(number)}" if uncounted else text(number)


def unknown_use_note(
    number: int, noun: str, clouds: str, *, start: str = "Use is unknown for", left_out: bool = True
) -> str:
    """Return a Markdown note on items whose use is unknown, with the reason; an empty text if there are none."""
    if not number:
        return ""
    out = " They are left out here." if left_out else ""
    return (
        f"**{start} {count_of(number, noun)} on {escape(clouds)}**: servers and disks that were created there without"
        f" Imagekeeper are not recorded.{out}"
    )


def count_of(number: int, noun: str) -> str:
    """Format a number with its noun, such as ``1 image`` or ``2 images``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent_text(part: float, whole: float) -> str:
    """Format a part of a whole in percent. Only 0 is "0 %", and only the whole is "100 %"."""
    if not whole or not part:
        return "0 %"
    share = part / whole * 100
    return "under 1 %" if share < 1 else "over 99 %" if 99 < share < 100 else f"{share:,.0f} %"  # noqa: PLR2004


def in_region(region: str | None) -> str:
    """Return the region for a sentence: ``in region eu`` or ``in any region``."""
    return f"in region {region}" if region else "in any region"


def show_all(*outputs: object) -> None:
    """Show charts, tables and texts one below the other; None is left out."""
    display(*[output for output in outputs if output is not None])


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _decimals(values: pd.Series) -> int:
    """Return the decimals of a column: its own number, 2 at most; 0 if it is not a decimal column."""
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
