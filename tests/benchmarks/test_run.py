"""``make bench``: every row is measured, compared with its goal and with the previous result, and written down."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROWS = "from rows import Goal, measured, row\nS = Goal(2, 's')\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with small benchmarks: one that meets its goals, one that misses some, and some that fail."""
    for name, text in {
        "meets": "print('a remark')\nrow('fast', 1, S)\nrow('speed', 0.9, Goal(0.8, 'x', at_least=True))\n",
        "misses": "row('slow', 2.5, S)\nrow('speed', 0.5, Goal(0.8, 'x', at_least=True))\nrow('after it', 2, S)\n",
        "raises": "measured('broken', lambda: 1 / 0, S)\nmeasured('whole', lambda: 1, S)\n",
        "process": "import subprocess\nmeasured('child', lambda: subprocess.run(['ls', '/none'], check=True, "
        "capture_output=True), S)\n",
        "ends": "row('before', 1, S)\nraise ValueError('first\\nlast')\n",
        "leaks": "import sys\nprint('nanobind: leaked 2 types!\\n - leaked type\\nSee https://x/refleaks.html',"
        " file=sys.stderr)\nrow('fast', 1, S)\n",
        "silent": "",
    }.items():
        (tmp_path / f"{name}.py").write_text(ROWS + text)
    return tmp_path


def bench(folder: Path, *names: str) -> "subprocess.CompletedProcess[str]":
    """Run the benchmarks of these names."""
    command = [sys.executable, BENCHMARKS / "run.py", "--folder", folder / "results", *(folder / one for one in names)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def newest(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of the newest result, by benchmark."""
    file = max((folder / "results").glob("*.json"))
    rows: dict[str, list[dict[str, Any]]] = json.loads(file.read_text())["benchmarks"]
    return rows


def statuses(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Name and status of each row of the newest result, by benchmark."""
    return {name: [(row["name"], row["status"]) for row in rows] for name, rows in newest(folder).items()}


def test_all_goals_met(folder: Path) -> None:
    """The status is 0, what a benchmark prints besides is shown, and the table says what was asked for."""
    done = bench(folder, "meets")
    assert (done.returncode, done.stderr) == (0, "")
    assert "a remark" in done.stdout
    assert "| meets.py | fast | 1 s | ≤ 2 s | met | new |" in done.stdout
    assert "| meets.py | speed | 0.9 x | ≥ 0.8 x | met | new |" in done.stdout


def test_a_missed_goal_stops_nothing(folder: Path) -> None:
    """A row that misses its goal is marked, in either direction; the others run, and the status is 1."""
    done = bench(folder, "misses", "meets")
    assert done.returncode == 1
    assert statuses(folder) == {
        "misses.py": [("slow", "MISSED"), ("speed", "MISSED"), ("after it", "met")],
        "meets.py": [("fast", "met"), ("speed", "met")],
    }


def test_a_row_that_raises_fails_alone(folder: Path) -> None:
    """It is marked with the last line of what it raised, or of its process's stderr; the rows after it are measured."""
    done = bench(folder, "raises", "process")
    assert done.returncode == 1
    assert statuses(folder)["raises.py"] == [("broken", "FAILED"), ("whole", "met")]
    errors = {row["name"]: row["error"] for rows in newest(folder).values() for row in rows}
    assert errors["broken"] == "division by zero"
    assert "/none" in errors["child"]
    assert "FAILED: division by zero" in done.stdout


def test_a_benchmark_that_ends_early_or_reports_nothing_has_failed(folder: Path) -> None:
    """What it reported stays; a further row has the last line of stderr, or says that there was none."""
    done = bench(folder, "ends", "silent", "meets")
    assert done.returncode == 1
    assert statuses(folder)["ends.py"] == [("before", "met"), ("all of it", "FAILED")]
    assert [newest(folder)[name][-1]["error"] for name in ("ends.py", "silent.py")] == ["last", "it reported no row"]
    assert statuses(folder)["meets.py"] == [("fast", "met"), ("speed", "met")]


def test_a_row_is_compared_with_the_previous_result(folder: Path) -> None:
    """The change is that to the newest result that has the row, also where a run in between left it out."""
    bench(folder, "meets")
    bench(folder, "misses")
    (folder / "meets.py").write_text(ROWS + "row('fast', 1.25, S)\nrow('other', 1, S)\n")
    told = bench(folder, "meets").stdout
    assert "| meets.py | fast | 1.25 s | ≤ 2 s | met | +25.0% |" in told
    assert "| meets.py | other | 1 s | ≤ 2 s | met | new |" in told
    assert max((folder / "results").glob("*.md")).read_text().strip() in told.replace("\n\nmeets.py\n", "\n")


def test_duckdbs_report_of_leaks_is_left_out(folder: Path) -> None:
    """What DuckDB's Python module says of leaks when the interpreter ends is not shown."""
    assert bench(folder, "leaks").stderr == ""


def test_a_name_without_a_benchmark_is_refused(folder: Path) -> None:
    """Nothing is run, and the message lists what there is."""
    done = bench(folder, "none")
    assert done.returncode == 2
    assert "there is no" in done.stderr
    assert "one_action.py" in done.stderr
    assert not (folder / "results").exists()
