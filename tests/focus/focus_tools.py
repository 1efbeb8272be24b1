"""FOCUS's own validator and a linter, in a virtual environment of their own, and what they say of a file.

They need other versions of what the project needs. The environment is made once, in ``.venv/focus``.
"""

import hashlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

HERE = Path(__file__).parent
VENV = HERE.parents[1] / ".venv" / "focus"
PACKAGES = VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
BUNDLED_RULES = PACKAGES / "focus_validator" / "rules" / "model-1.2.0.1.json"

SYNTAX_OF_3_12 = """f"'{k.replace('\\"', '\\"\\"')}'\""""
SAME_FOR_3_11 = """"'" + k.replace('"', '""') + "'\""""
"""The validator says that it needs Python 3.12, and does, for this one expression. Nothing else of it is changed."""


class NotToBeHadError(Exception):
    """The environment cannot be made. The message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the validator says of a rule: passed, failed, errored or skipped; and the kind of rule."""

    said: str
    kind: str


def ready() -> None:
    """Make the environment, if it is not there yet.

    Raises:
        NotToBeHadError: if it cannot be made.
    """
    wanted = hashlib.sha256(f"{sys.version} {SAME_FOR_3_11}".encode())
    for name in ("requirements.lock", "validator.txt"):
        wanted.update((HERE / name).read_bytes())
    VENV.parent.mkdir(exist_ok=True)
    with FileLock(VENV.with_suffix(".lock")):
        made_as = VENV / ".made_as"
        if made_as.is_file() and made_as.read_text() == wanted.hexdigest():
            return
        shutil.rmtree(VENV, ignore_errors=True)
        _make()
        made_as.write_text(wanted.hexdigest())


def _make() -> None:
    _run(sys.executable, "-m", "venv", str(VENV))
    install = (
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
    )
    _run(*install, "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(HERE / "requirements.lock"))
    as_source = ("--no-build-isolation", "--ignore-requires-python", "-r", str(HERE / "validator.txt"))
    _run(*install, "--no-deps", "--require-hashes", *as_source)
    converter = PACKAGES / "focus_validator" / "config_objects" / "focus_to_duckdb_converter.py"
    code = converter.read_text()
    if code.count(SYNTAX_OF_3_12) != 1:
        raise NotToBeHadError(f"{converter.name} is not the one that is known here")
    converter.write_text(code.replace(SYNTAX_OF_3_12, SAME_FOR_3_11))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "it says nothing").splitlines()[-1]
        raise NotToBeHadError(f"{' '.join(command[1:4])}: {last}")


def validate(file: Path, folder: Path, rules: Path | None = None) -> dict[str, Verdict]:
    """What the validator says of a file with each rule of FOCUS 1.2, its own or those in a folder.

    Its exit status is 0 whatever it finds, so its report is read. It opens files of its own relative to where it runs.
    """
    folder.mkdir()
    (folder / "focus_validator").symlink_to(PACKAGES / "focus_validator")
    report = folder / "report.xml"
    command = [str(VENV / "bin" / "focus-validator"), "--data-file", str(file), "--validate-version", "1.2"]
    command += ["--block-download", "--applicability-criteria", "ALL"]
    command += ["--output-type", "unittest", "--output-destination", str(report)]
    command += ["--rule-set-path", str(rules)] if rules else []
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert report.is_file(), done.stderr
    return dict(_verdict(case) for case in ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - made just now


def _verdict(case: ET.Element) -> tuple[str, Verdict]:
    rule_id, kind = case.attrib["name"].split(" :: ")
    words = {"failure": "failed", "error": "errored", "skipped": "skipped"}
    said = next((word for tag, word in words.items() if case.find(tag) is not None), "passed")
    return rule_id, Verdict(said, kind)


def lint(file: Path) -> subprocess.CompletedProcess[str]:
    """What the linter says of a file in the shape of FOCUS 1.4."""
    command = [str(VENV / "bin" / "focus-toolkit"), "validate", str(file), "--dataset", "cost-and-usage"]
    return subprocess.run(command, capture_output=True, text=True, check=False)
