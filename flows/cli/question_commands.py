"""The commands ``sql``, ``explain``, ``schema`` and ``doctor``, which only read."""

import json as json_text

import duckdb

from domain.actions import Batch
from domain.batch import BatchError
from domain.policy.denials import DENIALS
from domain.policy.rules import every_rule
from domain.vocabulary import visible
from flows.cli import terminal
from flows.cli.doctor import examine
from flows.resources import warehouse_of
from flows.settings import settings

out = terminal.console()


def sql(query: str, *, json: bool = False) -> int:
    """Run a read-only SQL query.

    Args:
        query: One query in DuckDB's SQL dialect.
        json: Print one JSON object per row.
    """
    with warehouse_of(settings()).answering() as con:
        try:
            query.encode()
            if len(duckdb.extract_statements(query)) != 1:
                raise BatchError("give one query at a time")
            result = con.execute(query)
        except (duckdb.Error, UnicodeError) as error:
            raise BatchError(f"the query failed: {error}") from None
        columns = [column[0] for column in result.description or []]
        rows = result.fetchall()
    if json:
        for row in rows:
            terminal.json_line(dict(zip(columns, row, strict=True)), out)
    else:
        terminal.print_records(columns, rows, out)
    return 0


def explain(rule_id: str) -> int:
    """Show a rule: its condition, reason, source, remedy and limits.

    Args:
        rule_id: The id of the rule, such as share.tenant-limit.
    """
    if rule_id in DENIALS:
        terminal.print_denial(DENIALS[rule_id], out)
        return 0
    rules_by_action = {action: rule for action, rules in every_rule().items() for rule in rules if rule.id == rule_id}
    if not rules_by_action:
        known = sorted({rule.id for rules in every_rule().values() for rule in rules} | DENIALS.keys())
        raise BatchError(f"there is no rule '{visible(rule_id)}'; there are\n  " + "\n  ".join(known))
    terminal.print_rule(rules_by_action, out)
    return 0


def schema() -> int:
    """Print the JSON Schema of batch files, for completion and checks in editors."""
    out.file.write(json_text.dumps(Batch.model_json_schema(), indent=2) + "\n")
    return 0


def doctor() -> int:
    """Check the installation, the home, the warehouse, Prefect's server and the clouds."""
    checks = list(examine(settings()))
    terminal.print_checks(checks, out)
    return 0 if all(check.ok for check in checks) else 1
