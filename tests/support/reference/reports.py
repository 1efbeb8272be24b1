"""The page of all reports, from data/reports/<name>/about.yaml."""

from data import read
from support.reference.markdown import code, document, prose, section, table


def page() -> str:
    """The page: an overview and a section per report."""
    about = {name: read.about(name) for name in read.names()}
    return document(
        "Reports",
        "data/reports/*/about.yaml",
        "A report is a query with a name. Read one as a data frame with"
        ' `data.read.report("inventory", warehouse="var/warehouse.duckdb")`, or as the view `report.inventory` of a'
        " snapshot. Reports that apply the policy to assumed requests have no view.",
        [
            table(
                ("report", "a row is"),
                [(f"[{code(name)}](#{name})", prose(one.rows)) for name, one in about.items()],
            ),
            *(_section(name, one) for name, one in about.items()),
        ],
    )


def _section(name: str, about: read.About) -> str:
    judged = ", ".join(map(code, about.judges or ()))
    return section(
        name,
        f"{about.title}. A row: {about.rows}.",
        f"Applies the policy to assumed requests of {judged}. No view." if judged else "",
        table(("parameter", "meaning"), [(code(key), prose(text)) for key, text in about.parameters.items()]),
        table(
            ("column", "unit", "meaning"),
            [(code(key), column.unit, prose(column.means)) for key, column in about.columns.items()],
        ),
    )
