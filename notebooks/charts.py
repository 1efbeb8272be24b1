"""The charts that several pages use: bars, months, a grid of numbers, a flow diagram, a family tree."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
from page_style import BLUE, KINDS, RED

STEP = alt.Step(26)
OTHERS = "all others"
WIDE = {"leastWidth": 720}
"""Metadata of charts that need this width in pixels; on a phone they scroll sideways."""
HIDDEN = {"depth", "place", "text", "last", "image_id", "parent_image_id"}
"""Columns of a family tree that tooltips leave out."""


def bars(
    rows: pd.DataFrame,
    by: str,
    parts: Mapping[str, str],
    *,
    unit: str,
    title: str,
    number: str = ",d",
    order: Sequence[str] | None = None,
) -> alt.Chart:
    """Return a stacked bar chart with one horizontal bar per value.

    Args:
        rows: one row per value of ``by`` and ``part``, with its ``amount``.
        by: the column that names the bars.
        parts: the parts in drawing order, and their colours.
        unit: the unit of the amounts.
        title: the title of the chart.
        number: the number format of the amounts (d3-format).
        order: the bars from top to bottom. Default: the longest first.
    """
    drawn = rows[[by, "part", "amount"]].assign(
        amount=rows.amount.astype(float), rank=rows.part.map(list(parts).index).astype(int)
    )
    whole = {"tickMinStep": 1} if number.endswith("d") else {}
    return (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=alt.X("sum(amount):Q", title=unit, axis=alt.Axis(format=_short(number), **whole)),
            y=alt.Y(f"{by}:N", title=None, sort=list(order) if order else _longest_first(drawn, by)),
            color=alt.Color("part:N", scale=colour_scale(parts), legend=alt.Legend() if len(parts) > 1 else None),
            order="rank:Q",
            tooltip=[by, "part", alt.Tooltip("amount:Q", format=number, title=unit)],
        )
        .properties(width="container", height=STEP, title=title)
    )


def months(
    rows: pd.DataFrame,
    part: str,
    amount: str,
    *,
    unit: str,
    title: str,
    number: str = ",d",
    most: int = 36,
    parts: Mapping[str, str] | None = None,
) -> alt.Chart:
    """Return a stacked column chart with one column per month, for the last ``most`` months."""
    drawn = rows.assign(at=[f"{month:%b %Y}" for month in rows.month])
    names = list(dict.fromkeys(drawn["at"]))[-most:]
    legend = alt.Legend() if len(set(drawn[part])) > 1 else None
    drawn = drawn.loc[drawn["at"].isin(names), ["at", part, amount]].astype({amount: float})
    return (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=alt.X("at:O", title=None, sort=names, axis=alt.Axis(labelOverlap=True, labelAngle=0)),
            y=alt.Y(f"{amount}:Q", title=unit, axis=alt.Axis(format=_short(number))),
            color=alt.Color(f"{part}:N", legend=legend, **{"scale": colour_scale(parts)} if parts else {}),
            tooltip=[part, alt.Tooltip("at", title="month"), alt.Tooltip(f"{amount}:Q", format=number, title=unit)],
        )
        .properties(width="container", height=220, title=title)
    )


def grid(
    rows: pd.DataFrame,
    across: str,
    down: str,
    amount: str,
    *,
    unit: str,
    title: str = "",
    wide: int | str = 56,
    number: str = ",d",
) -> alt.LayerChart:
    """Return a heat map with numbers. Rows and columns with the largest sums come first, "all others" last."""
    drawn = rows.astype({amount: float})
    orders = {side: _longest_first(drawn, side, amount) for side in (across, down)}
    cells = alt.Chart(drawn).encode(
        x=alt.X(f"{across}:N", title=across.replace("_", " "), sort=orders[across],
                axis=alt.Axis(orient="top", labelAngle=-40)),
        y=alt.Y(f"{down}:N", title=down.replace("_", " "), sort=orders[down]),
        tooltip=[name if name != amount else alt.Tooltip(f"{amount}:Q", format=",d", title=unit) for name in drawn],
    )  # fmt: skip
    fullest = drawn[amount][(drawn[across] != OTHERS) & (drawn[down] != OTHERS)].max() or 1
    dark = alt.condition(f"datum['{amount}'] > {fullest * 0.35}", alt.value("white"), alt.value("#1C2430"))
    shaded = cells.mark_rect(stroke="white", strokeWidth=2, cornerRadius=3).encode(
        color=alt.Color(
            f"{amount}:Q", legend=None, scale=alt.Scale(scheme="blues", type="sqrt", domain=[0, fullest], clamp=True)
        )
    )
    written = cells.mark_text(fontSize=12).encode(text=alt.Text(f"{amount}:Q", format=number), color=dark)
    return (shaded + written).properties(
        width=alt.Step(wide) if isinstance(wide, int) else wide, height=alt.Step(30), title=title
    )


def flow(rows: pd.DataFrame, source: str, target: str, amount: str, *, unit: str, title: str) -> alt.LayerChart:
    """Return a flow diagram from sources (left) to targets (right). The width of a band is the amount."""
    rows = rows.sort_values(amount, ascending=False)
    ends = {side: _stacked(rows, side, amount) for side in (source, target)}
    bands = _bands(rows, (source, target), amount, ends)
    tall = {"height": 30 * max(len(ends[source]), len(ends[target])) + 20}
    colour = alt.Color(f"{source}:N", legend=None, scale=alt.Scale(
        domain=list(ends[source].index), scheme="tableau20"))  # fmt: skip
    hidden = {"axis": None, "scale": alt.Scale(domain=[-0.3, 1.3], nice=False)}
    upright = alt.Y("low:Q", axis=None, scale=alt.Scale(domain=[1, 0], nice=False))
    tooltip = [source, target, alt.Tooltip(f"{amount}:Q", format=",d", title=unit)]
    drawn = (
        alt.Chart(bands)
        .mark_area(opacity=0.55, interpolate="monotone")
        .encode(x=alt.X("x:Q", **hidden), y=upright, y2="high:Q", detail="band:N", color=colour, tooltip=tooltip)
    )
    layers = [drawn]
    for side, x, align, dx in ((source, 0, "right", -8), (target, 1, "left", 8)):
        nodes = ends[side].reset_index(names="node").assign(x=x)
        nodes["middle"] = (nodes.low + nodes.high) / 2
        nodes["text"] = [f"{row.node}  {row.amount:,.0f}" for row in nodes.itertuples()]
        base = alt.Chart(nodes).encode(x=alt.X("x:Q", **hidden))
        layers += [
            base.mark_rule(strokeWidth=6, color="#1C2430").encode(y=upright, y2="high:Q"),
            base.mark_text(align=align, dx=dx, fontSize=12, limit=190).encode(
                y=alt.Y("middle:Q", axis=None, scale=alt.Scale(domain=[1, 0], nice=False)), text="text:N"
            ),
        ]
    return alt.layer(*layers).properties(width="container", title=title, usermeta=WIDE, **tall)


def tree(nodes: pd.DataFrame, *, title: str) -> alt.LayerChart:
    """A family of images from the first one at the left to the last copies at the right.

    Args:
        nodes: ``image_id``, ``parent_image_id``, ``depth`` (0 at the left), ``place`` (from top to bottom), ``kind``,
            ``state`` (in use, deprecated, deleted), ``text`` (the label), and more for the tooltip.
        title: what the chart says.
    """
    nodes = nodes.astype({"depth": float, "place": float}).assign(last=~nodes.image_id.isin(nodes.parent_image_id))
    parents = nodes.set_index("image_id")[["depth", "place"]]
    wires = [
        {"wire": row.image_id, "x": before.depth + (row.depth - before.depth) * t,
         "y": round(before.place + (row.place - before.place) * _smooth(t), 3)}
        for row in nodes[nodes.parent_image_id.isin(parents.index)].itertuples()
        for before in [parents.loc[row.parent_image_id]]
        for t in (0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1)
    ]  # fmt: skip
    deepest = nodes.depth.max()
    wide = {"axis": None, "scale": alt.Scale(domain=[-0.1, deepest + max(0.9, deepest * 0.25)], nice=False)}
    high = {"axis": None, "scale": alt.Scale(domain=[nodes.place.max() + 0.8, nodes.place.min() - 0.8], nice=False)}
    tooltip = [name for name in nodes.columns if name not in HIDDEN]
    base = alt.Chart(nodes).encode(x=alt.X("depth:Q", **wide), y=alt.Y("place:Q", **high))
    lines = (
        alt.Chart(pd.DataFrame(wires, columns=["wire", "x", "y"]))
        .mark_line(color="#B8C1CB", strokeWidth=1.5)
        .encode(x=alt.X("x:Q", **wide), y=alt.Y("y:Q", **high), detail="wire:N")
    )
    states = ["in use", "deprecated", "deleted"]
    dots = base.mark_point(filled=True, size=110, opacity=1, stroke="white").encode(
        color=alt.Color("kind:N", scale=colour_scale(KINDS | {"deleted": RED})),
        shape=alt.Shape("state:N", scale=alt.Scale(domain=states, range=["circle", "triangle-up", "cross"])),
        tooltip=tooltip,
    )
    words = {"align": "left", "fontSize": 11, "color": "#1C2430"}
    last = base.transform_filter("datum.last").mark_text(dx=10, limit=240, **words).encode(text="text:N")
    inner = base.transform_filter("!datum.last").mark_text(dx=-4, dy=-12, limit=180, **words).encode(text="text:N")
    tall = max(160, 27 * (nodes.place.max() - nodes.place.min() + 2))
    return (lines + dots + last + inner).properties(width="container", height=tall, title=title, usermeta=WIDE)


def both_ways(rows: pd.DataFrame, by: str, *, left: str, right: str, unit: str, title: str) -> alt.Chart:
    """Return a chart with two bars per value, one to the left and one to the right of a line."""
    drawn = pd.concat(
        pd.DataFrame({"by": rows[by], "part": name.replace("_", " "), "amount": rows[name].astype(float) * sign,
                      "size": rows[name].astype(float)})
        for name, sign in ((left, -1), (right, 1))
    )  # fmt: skip
    parts = {left.replace("_", " "): BLUE, right.replace("_", " "): RED}
    return (
        alt.Chart(drawn[drawn["size"] != 0])
        .mark_bar()
        .encode(
            x=alt.X("amount:Q", title=unit, axis=alt.Axis(labelExpr="format(abs(datum.value), ',d')", tickMinStep=1)),
            y=alt.Y("by:N", title=None, sort=list(rows[by])),
            color=alt.Color("part:N", scale=colour_scale(parts)),
            tooltip=["by", "part", alt.Tooltip("size:Q", format=",d", title=unit)],
        )
        .properties(width="container", height=STEP, title=title)
    )


def colour_scale(parts: Mapping[str, str]) -> alt.Scale:
    """Return the colour scale that gives each part its colour."""
    return alt.Scale(domain=list(parts), range=list(parts.values()))


def _short(number: str) -> str:
    """Return a number format for axes: without trailing zeros."""
    return number if "~" in number or not number.endswith("f") else f"{number[:-1]}~f"


def _longest_first(rows: pd.DataFrame, by: str, amount: str = "amount") -> list[str]:
    """Return the values by the sums of their amounts, largest first; "all others" last."""
    sums = rows.groupby(by)[amount].sum()
    return sorted(sums.index, key=lambda name: (name == OTHERS, -sums[name], name))


def _smooth(t: float) -> float:
    """Map 0..1 to 0..1 with a slope of 0 at both ends (smoothstep)."""
    return t * t * (3 - 2 * t)


def _stacked(rows: pd.DataFrame, side: str, amount: str) -> pd.DataFrame:
    """Return the begin and end of each node of a side, between 0 and 1, with gaps between the nodes."""
    sums = rows.groupby(side)[amount].sum().astype(float).loc[_longest_first(rows, side, amount)]
    gap = 0.3 / max(len(sums), 2)
    scale = (1 - gap * (len(sums) - 1)) / sums.sum()
    high = (sums * scale + gap).cumsum() - gap
    return pd.DataFrame({"low": high - sums * scale, "high": high, "amount": sums})


def _bands(rows: pd.DataFrame, sides: tuple[str, str], amount: str, ends: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    filled = {side: ends[side].low.to_dict() for side in sides}
    ranks = {side: {name: place for place, name in enumerate(ends[side].index)} for side in sides}
    scales = {side: (ends[side].high - ends[side].low).sum() / ends[side].amount.sum() for side in sides}
    points = []
    ordered = sorted(rows.to_dict("records"), key=lambda row: [ranks[side][row[side]] for side in sides])
    for number, row in enumerate(ordered):
        thick = {side: float(row[amount]) * scales[side] for side in sides}
        begins = [filled[side][row[side]] for side in sides]
        for side in sides:
            filled[side][row[side]] += thick[side]
        for t in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1):
            low = begins[0] + (begins[1] - begins[0]) * _smooth(t)
            wide = thick[sides[0]] + (thick[sides[1]] - thick[sides[0]]) * _smooth(t)
            points.append({
                **{side: row[side] for side in sides}, amount: float(row[amount]), "band": number, "x": t,
                "low": round(low, 4), "high": round(low + wide, 4),
            })  # fmt: skip
    return pd.DataFrame(points)
