"""Print the output of the commands: tables for people, JSON lines for programs."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from data.billing.quotes import LaunchCost
from data.lifecycle.action_log import LINE
from domain.policy import profiles
from domain.policy.denials import Denial
from domain.policy.engine import Rule
from domain.pricing import PRICE_FACTS, Quote
from domain.vocabulary import UNSEEN, visible
from flows.lifecycle.steps import OnProgress, Summary

if TYPE_CHECKING:
    from flows.cli.doctor import Check

STYLES = {"done": "green", "would be done": "green", "denied": "red", "failed": "yellow"}
PROGRESS_EVERY_S = 2.0
"""How often progress is printed if the output is not a terminal, in seconds."""

MOST_ROWS = 400
"""The most requests that are printed one by one. Of a larger batch only the denials are printed, by rule."""

WIDTH = 120
"""The width of the output if it is not a terminal, in columns."""


def console(*, stderr: bool = False) -> Console:
    """Return a console that escapes control characters, so that no name or message can control the terminal."""
    width = WIDTH if not stderr and not sys.stdout.isatty() else None
    # No markup and no emoji: "[/]" and ":warning:" in a name are literal. Styled output is a Text.
    created = Console(stderr=stderr, width=width, markup=False, emoji=False)
    created.push_render_hook(_EscapeHook())
    return created


class _EscapeHook(RenderHook):
    """Escapes control characters in everything that a console renders."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Escaped(renderable) for renderable in renderables]


class _Escaped:
    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in console.render(self._renderable, options):
            # Segments with ``control`` are rich's own codes, such as cursor movements of a progress bar. Keep them.
            yield Segment(text if control else visible(text, but="\n"), style, control)


def json_line(record: Mapping[str, Any], console: Console) -> None:
    """Print one JSON object on a line. Control characters are written as JSON escapes."""
    text = json.dumps(record, ensure_ascii=False, default=str)
    console.file.write(UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")


def print_json_lines(lines: Iterable[Mapping[str, Any]], console: Console) -> None:
    """Print one JSON object per request, with the columns of ``LINE``."""
    for line in lines:
        record = {name: line[name] for name in LINE}
        if line.get("cost") is not None:
            record["cost"] = cost_of(line["cost"])
        json_line(record, console)


def print_lines(lines: Iterable[Mapping[str, Any]], console: Console, *, planned: bool = False) -> None:
    """Print requests as a table, with reasons below each row. Tenants of an action with equal results share a row."""
    rows = [_row(list(group), planned=planned) for _, group in groupby(lines, key=_result)]
    widths = [max(len(cells[column]) for cells, _ in rows) for column in range(3)] if rows else []
    for cells, reasons in rows:
        row = Text("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)) + "  ")
        row.append(cells[3] + "  ").append(cells[4], style=STYLES[cells[4]])
        console.print(row, soft_wrap=True)
        for reason in reasons:
            console.print(Padding(reason, (0, 0, 0, widths[0] + 4), expand=False))


def print_denials(denials: Iterable[tuple[Any, ...]], console: Console) -> None:
    """Print denials by rule, for batches that are too long for a row per request."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in (("lines", "right"), ("first", "right"), ("action", "left"), ("rule", "left")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("reason of the first one, and remedy", overflow="fold")
    for lines, first, action, rule, because, remedy in denials:
        table.add_row(
            f"{lines:,}", f"{first:,}", action, Text(rule, "red"), Text(f"{because}\n").append(f"→ {remedy}", "dim")
        )
    console.print(table)


def print_summary(summary: Summary, console: Console) -> None:
    """Print how many requests were done, denied and failed, and whether the batch had been applied before."""
    if summary.already and summary.already == summary.done + summary.denied:
        console.print(f"This batch ({summary.batch_id}) was applied before; nothing was left to do.")
    counts = ((summary.done, "done"), (summary.denied, "denied"), (summary.failed, "failed"))
    totals = Text(" · ").join(Text(f"{count:,} {word}", STYLES[word]) for count, word in counts)
    console.print(totals.append(f"   batch {summary.batch_id}", "dim"))
    if summary.failed:
        console.print("To retry the failed requests, apply the same batch again. The others are not repeated.")


def print_records(columns: list[str], rows: Iterable[tuple[Any, ...]], console: Console) -> None:
    """Print the rows of a query as a table."""
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table)


def print_rule(rules_by_action: Mapping[str, Rule], console: Console) -> None:
    """Print a rule of one or more actions with its condition, reason, source, remedies and limits."""
    rule = next(iter(rules_by_action.values()))
    remedies = [rule.remedy] if isinstance(rule.remedy, str) else list(rule.remedy.values())
    console.print(Text(rule.id, "bold") + Text(f"  {', '.join(rules_by_action)}", "dim"))
    for name, text in (("when", rule.when), ("because", rule.because), ("source", rule.source)):
        _print_field(name, text, console)
    for remedy in remedies:
        _print_field("instead", remedy, console)
    for name in sorted(set(re.findall(r"\$(\w+)", rule.when))):
        for profile in profiles.names():
            limit = profiles.limits(profile)[name]
            console.print(Text(f"   limit  {name} = {limit.value}".ljust(44)), Text(f"{profile}: {limit.source}"))


def print_denial(denial: Denial, console: Console) -> None:
    """Print a denial that is not a rule of an action, such as that of a batch."""
    console.print(Text(denial.id, "bold"))
    for name, text in (("when", denial.when), ("source", denial.source), ("instead", denial.remedy)):
        _print_field(name, text, console)


def _print_field(name: str, text: str, console: Console) -> None:
    console.print(Text(f"{name:>8}  ", style="dim") + Text(text))


def print_checks(checks: Iterable["Check"], console: Console) -> None:
    """Print the results of the checks."""
    for check in checks:
        mark = Text("ok  ", "green") if check.ok else Text("bad ", "red")
        console.print(mark, check.subject, Text(check.message, style="dim"), soft_wrap=True)


@contextmanager
def progress(console: Console, lines: int) -> Iterator[OnProgress]:
    """Show progress as a bar on a terminal, otherwise as lines; yield the callback that updates it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    finished, moved, last = 0, 0, time.monotonic()
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[moved]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task("starting Prefect", total=lines, moved="")

    def on_progress(more_lines: int, more_bytes: int) -> None:
        nonlocal finished, moved, last
        finished, moved = finished + more_lines, moved + more_bytes
        bar.update(task, description="requests", completed=finished, moved=f"{moved / 2**20:,.0f} MiB moved")
        if not console.is_terminal and time.monotonic() - last > PROGRESS_EVERY_S:
            last = time.monotonic()
            console.print(f"{finished:,} of {lines:,} requests, {moved / 2**20:,.0f} MiB moved", highlight=False)

    with bar:
        if not console.is_terminal:
            console.print(f"applying {lines:,} requests", highlight=False)
        yield on_progress


def _result(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return line["seq"], line["verdict"], tuple(line["denied_by"]), line["outcome"], line["error"]


def _tenants(tenants: list[str]) -> str:
    if len(tenants) <= 3:  # noqa: PLR2004 - as many as fit a narrow column
        return ", ".join(tenants)
    return f"{len(tenants)} tenants: {tenants[0]} … {tenants[-1]}"


def _row(group: list[Mapping[str, Any]], *, planned: bool) -> tuple[list[str], list[Text]]:
    """Return the cells of a row (number, action, actor, subject, result) and the reasons below it."""
    first = group[0]
    subject = first["image_name"] or first["thing"] or first["name"] or ""
    if first["thing"] and first["thing"] != subject:
        subject = f"{subject}, {first['thing']}"
    tenants = _tenants([line["tenant"] for line in group if line["tenant"]])
    word = "denied" if first["verdict"] == "denied" else "would be done" if planned else first["outcome"]
    if tenants:
        subject = f"{subject} → {tenants}"
    cells = [str(first["seq"]).rjust(3), first["action"], first["actor"], subject]
    return [*cells, word], _reasons(first)


def _reasons(line: Mapping[str, Any]) -> list[Text]:
    denials = [
        Text(f"{rule}: ", style="red").append(because, style="default").append(f"\n→ {remedy}", style="dim")
        for rule, because, remedy in zip(line["denied_by"], line["because"], line["remedy"], strict=True)
    ]
    cost = line.get("cost")
    return [
        *denials,
        *([Text(line["error"], style="yellow")] if line["error"] else []),
        *([Text(cost_in_words(cost), style="dim")] if cost is not None else []),
    ]


def cost_of(cost: LaunchCost) -> dict[str, Any]:
    """Return the quote of a launch for JSON, with exact amounts as texts."""
    server, image = cost.server, cost.image
    return {
        "offer": cost.offer,
        "price": cost.price,
        "server_currency": cost.server_currency,
        "server_hour": None if server is None else exact(server.hour),
        "server_730_hours": None if server is None else exact(server.month),
        "image_currency": cost.image_currency,
        "image_once": None if image is None else exact(image.once),
        "image_hour": None if image is None else exact(image.hour),
        "image_730_hours": None if image is None else exact(image.month),
    }


def cost_in_words(cost: LaunchCost) -> str:
    """Return the quote of a launch as a line, with a second line for the price of the image's offer."""
    hour = _parts(cost, lambda quote: f"{quote.hour:,.4f}")
    month = _parts(cost, lambda quote: f"{quote.month:,.2f}")
    image = cost.image
    once = f", and {image.once:,.2f} {cost.image_currency} at once" if image is not None and image.once else ""
    text = hour if hour == month else f"an hour: {hour}; 730 hours: {month}{once}"
    return text if cost.offer is None else f"{text}\noffer {cost.offer}: {cost.price}"


def _parts(cost: LaunchCost, amount: Callable[[Quote], str]) -> str:
    parts = [("server", cost.server, cost.server_currency)]
    if cost.offer is not None:
        parts.append(("image", cost.image, cost.image_currency))
    return " + ".join(
        f"{thing} without a price for flavor {cost.flavor}" if part is None else f"{thing} {amount(part)} {currency}"
        for thing, part, currency in parts
    )


def exact(amount: Decimal) -> str:
    """Return an amount with all its decimals and without trailing zeros."""
    return f"{amount.normalize():f}"


def print_quotes(launches: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print the quote of each launch, and the sums by currency."""
    if not launches:
        console.print("The batch launches no servers; there is nothing to price.")
        return
    print_lines(launches, console, planned=True)
    for currency, (an_hour, a_month, once) in _summed(launches).items():
        at_once = f" · {once:,.2f} {currency} at once" if once else ""
        console.print(
            f"Together: {an_hour:,.4f} {currency} an hour · {a_month:,.2f} {currency} for 730 hours{at_once}",
            highlight=False,
        )


def _summed(launches: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    sums: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
    for cost in (line["cost"] for line in launches if line["cost"] is not None):
        for currency, part in ((cost.server_currency, cost.server), (cost.image_currency, cost.image)):
            if part is not None:
                an_hour, a_month, once = sums.get(currency, (Decimal(0), Decimal(0), Decimal(0)))
                sums[currency] = (an_hour + part.hour, a_month + part.month, once + part.once)
    return sums


def print_invoices(lines: Iterable[Mapping[str, Any]], console: Console, progress: str) -> None:
    """Print invoices: their lines with four decimals, and the totals, rounded to the cent."""
    for (invoice_id, tenant, currency), group in groupby(lines, key=itemgetter("invoice_id", "tenant", "currency")):
        console.print(Text(invoice_id, "bold") + Text(f"  {tenant}  ", "default") + Text(progress, "dim"))
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name, justify in (
            ("what", "left"),
            ("quantity", "right"),
            ("unit", "left"),
            ("unit price", "right"),
            (currency, "right"),
        ):
            table.add_column(name, justify=justify)  # type: ignore[arg-type]
        total = Decimal(0)
        for line in group:
            total += line["amount"]
            table.add_row(*_invoiced(line))
        table.add_section()
        table.add_row(Text("total", "bold"), "", "", "", Text(f"{cents(total):,}", "bold"))
        console.print(table)


def cents(amount: Decimal) -> Decimal:
    """Return an amount rounded to the cent, half up, as on invoices."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _invoiced(line: Mapping[str, Any]) -> tuple[str, ...]:
    facts = PRICE_FACTS.get(line["pricing_model"])
    upfront = facts is not None and facts.commitment is not None
    prepaid = upfront and line["category"] == "Usage" and not line["amount"]
    what = line["remark"] or line["service"]
    if line["correction"]:
        what = f"correction: {what}"
    if prepaid or (upfront and line["category"] == "Purchase"):
        what = f"{what}, {'paid ' if prepaid else ''}upfront"
    quantity = "" if line["quantity"] is None or line["remark"] else f"{line['quantity']:,.3f}"
    unit_price = "" if line["unit_price"] is None or prepaid else f"{line['unit_price'].normalize():,f}"
    return what, quantity, (line["unit"] or "") if quantity else "", unit_price, f"{line['amount']:,.4f}"
