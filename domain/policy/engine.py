"""The policy engine: rules are SQL predicates over facts, and DuckDB judges a whole table of facts at once.

A rule denies a request unless its predicate is FALSE. NULL denies too, because an unknown fact must not widen access.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import duckdb

from domain.policy import verdicts

Value = int | bool | str


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to deny an action: id, condition, reason, remedy and source.

    ``when`` is a DuckDB predicate over the facts of the action; ``$name`` is a number or switch of the profile.
    ``because`` and ``remedy`` are templates: ``{fact}`` is replaced by its value. ``remedy`` can be a mapping; then the
    fact named in ``remedy_by`` is the key. If a rule that is ``alone`` denies a request, the denial lists only such
    rules. A rule that ``counts`` is evaluated last: its facts depend on which earlier requests of the batch the other
    rules allow.
    """

    id: str
    when: str
    because: str
    remedy: str | Mapping[str, str]
    source: str
    remedy_by: str = ""
    alone: bool = False
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A number or switch of a profile, with the date from which it is valid and its source."""

    name: str
    value: Value
    since: date
    source: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one request. The tuples have the rules that denied it, with reasons and remedies, in one order."""

    row: int
    denied_by: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    remedy: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Return whether no rule denies the request."""
        return not self.denied_by


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one action under one profile."""

    rules: Sequence[Rule]
    limits: Mapping[str, Limit] = field(default_factory=dict)

    def judge(self, con: duckdb.DuckDBPyConnection, running_counts: str | None = None) -> None:
        """Judge the temporary table ``fact``, and write the verdicts to the temporary table ``verdict``.

        ``verdict`` has the columns ``row`` and ``objections``: one bit for each rule, in the order of ``rules``; 0 is
        allowed. ``running_counts`` is the query for the facts of rules that count. It reads ``fact``, and ``verdict``
        as the other rules leave it.

        Raises:
            ValueError: if there are no rules (a new action must not pass without any), or a rule uses a number that
                the profile does not have.
        """
        if not self.rules:
            raise ValueError("an action without rules cannot be judged; write its rules first")
        query = f"SELECT row, {self._mask(counting=False)} FROM fact"
        verdicts.replace(con, query, self.values_for(query))
        if running_counts is not None:
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE running_counts AS {running_counts}", self.values_for(running_counts)
            )
            query = (
                f"SELECT row, {self._mask(counting=True)}"
                " FROM verdict JOIN fact USING (row) JOIN running_counts USING (row)"
            )
            verdicts.replace(con, query, self.values_for(query))

    def verdicts(self, con: duckdb.DuckDBPyConnection) -> list[Verdict]:
        """Return the verdicts as values, in the order of the requests. For tests and small batches."""
        self.explain(con)
        rows = con.execute(
            "SELECT row, denied_by, because, remedy FROM verdict LEFT JOIN denial USING (row) ORDER BY row"
        ).fetchall()
        return [Verdict(row, *(tuple(part or ()) for part in parts)) for row, *parts in rows]

    def explain(self, con: duckdb.DuckDBPyConnection) -> None:
        """Write the rules, reasons and remedies of each denied request to the temporary table ``denial``.

        Its columns ``denied_by``, ``because`` and ``remedy`` are lists of the same length.
        """
        # Only for rules that denied something: to plan the sentences of all rules takes longer than a small batch.
        bits = con.execute("SELECT coalesce(bit_or(objections), 0) FROM verdict").fetchall()[0][0]
        objecting = {index: rule for index, rule in enumerate(self.rules) if bits & 1 << index}
        counted = " JOIN running_counts USING (row)" if any(rule.counts for rule in objecting.values()) else ""
        verdicts.replace_denials(
            con,
            f"SELECT row, {self._lists(objecting)} FROM verdict JOIN fact USING (row){counted} WHERE objections <> 0",
        )

    def values_for(self, query: str) -> dict[str, Value]:
        """Return the numbers and switches of the profile that a query names as ``$name``, as its parameters.

        DuckDB's parser finds the names, so a ``$`` in a string is not a parameter.

        Raises:
            ValueError: if the profile does not have a number that the query names.
        """
        names = _parameters(query)
        if unknown := names - self.limits.keys():
            name = min(unknown)
            number_names = ", ".join(rule.id for rule in self.rules if re.search(rf"\${name}\b", rule.when))
            raise ValueError(
                f"the profile has no number '{name}' (asked for by {number_names or 'a count'});"
                f" it has {', '.join(sorted(self.limits)) or 'none'}"
            )
        return {name: self.limits[name].value for name in names}

    def _mask(self, *, counting: bool) -> str:
        bits = {True: ["0"], False: ["0"]}
        for index, rule in enumerate(self.rules):
            if rule.counts == counting:
                objects = f"({rule.when}) IS NOT FALSE"
                bits[rule.alone].append(f"CASE WHEN {objects} THEN {1 << index} ELSE 0 END")
        alone, others = (" + ".join(part) for part in (bits[True], bits[False]))
        if counting:
            silent = sum(1 << index for index, rule in enumerate(self.rules) if rule.alone)
            return f"objections + CASE WHEN objections & {silent} <> 0 THEN 0 ELSE {others} END AS objections"
        return f"CASE WHEN ({alone}) <> 0 THEN ({alone}) ELSE ({others}) END::BIGINT AS objections"

    def _lists(self, objecting: Mapping[int, Rule]) -> str:
        def of(expressions: list[str], name: str) -> str:
            pairs = zip(objecting, expressions, strict=True)
            cases = ", ".join(f"CASE WHEN objections & {1 << index} <> 0 THEN {words} END" for index, words in pairs)
            return f"list_filter([{cases}]::VARCHAR[], lambda text: text IS NOT NULL) AS {name}"

        rules = objecting.values()
        return ", ".join(
            (
                of([_quoted(rule.id) for rule in rules], "denied_by"),
                of([self._sentence(rule.because) for rule in rules], "because"),
                of([self._way_out(rule) for rule in rules], "remedy"),
            )
        )

    def _way_out(self, rule: Rule) -> str:
        if isinstance(rule.remedy, str):
            return self._sentence(rule.remedy)
        cases = " ".join(f"WHEN {_quoted(cause)} THEN {self._sentence(text)}" for cause, text in rule.remedy.items())
        return f"CASE {rule.remedy_by} {cases} END"

    def _sentence(self, template: str) -> str:
        parts = re.split(r"(\{\w+\}|\$\w+)", template)
        return " || ".join(self._part(part) for part in parts if part) or "''"

    def _part(self, part: str) -> str:
        if part.startswith("{"):
            return f"coalesce({part[1:-1]}::VARCHAR, 'unknown')"
        if part.startswith("$"):
            return _quoted(str(self.limits[part[1:]].value)) if part[1:] in self.limits else _quoted(part)
        return _quoted(part)


@lru_cache(maxsize=256)
def _parameters(query: str) -> frozenset[str]:
    """Return the parameters of a query. Cached, because parsing takes as long as judging a few requests."""
    (parsed,) = duckdb.extract_statements(query)
    return frozenset(parsed.named_parameters)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def as_rows(rules: Mapping[str, Sequence[Rule]]) -> list[dict[str, Any]]:
    """Return the rows of the table ``rule``: one for each rule of each action."""
    return [
        {
            "rule_id": rule.id,
            "action": action,
            "forbidden_when": rule.when,
            "because": rule.because,
            "remedy": rule.remedy if isinstance(rule.remedy, str) else " / ".join(rule.remedy.values()),
            "source": rule.source,
        }
        for action, forbids in rules.items()
        for rule in forbids
    ]
