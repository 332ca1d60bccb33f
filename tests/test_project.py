"""What the project says of itself is true: versions, locks, documents."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from feeder import __version__
from feeder.cli import _COMMANDS
from feeder.config import KEYS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_the_locks_pin_by_hash_and_name_no_host(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert "://" not in lock
    pins = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert len(re.findall(r"^\S.*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", lock, re.MULTILINE)) == len(pins)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + (project["optional-dependencies"]["test"] if "test" in name else [])
    names = {re.split(r"[^A-Za-z0-9-]", want)[0].lower() for want in wanted}
    assert names <= set(pins)


def test_the_lock_of_what_runs_in_the_browser_pins_by_hash_and_names_no_host() -> None:
    text = (ROOT / "tests" / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    wanted = json.loads((ROOT / "tests" / "package.json").read_text())["devDependencies"]
    assert packages.pop("")["devDependencies"] == wanted
    assert {path.removeprefix("node_modules/"): found["version"] for path, found in packages.items()} == wanted
    assert all(found["integrity"].startswith("sha512-") for found in packages.values())


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    reasons = (ROOT / "docs" / "decisions.md").read_text().lower()
    for want in project["dependencies"]:
        assert re.split(r"[^A-Za-z0-9-]", want)[0].lower() in reasons


def test_the_changelog_knows_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert f"## [{__version__}]" in changelog or "## [Unreleased]" in changelog


def test_links_between_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_links_to_a_part_of_a_document_lead_there() -> None:
    for document in DOCUMENTS:
        for target, part in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text()):
            there = document.parent / target if target else document
            headings = re.findall(r"^#+ (.*)$", there.read_text(), re.MULTILINE)
            names = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert part in names, f"{document.name}: {target}#{part}"


def test_operations_names_every_command() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text()
    assert [command for command in _COMMANDS if f"`feeder {command}" not in operations] == []


def test_operations_names_every_metric() -> None:
    operations = (ROOT / "docs" / "operations.md").read_text()
    calls = [node for path in (ROOT / "feeder").rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]
    measures = [
        [ast.literal_eval(given) for given in node.args[:2]]
        for node in calls
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Measure"
    ]
    names = {f"feeder_{name}{'_total' if kind == 'counter' else ''}" for name, kind in measures}
    assert len(names) > 20
    assert set(re.findall(r"`(feeder_[a-z0-9_]+)", operations)) == names


def test_settings_that_documents_name_exist() -> None:
    sections = {key.partition(".")[0] for key in KEYS}
    for document in DOCUMENTS:
        for section, name in re.findall(r"`([a-z]+)\.([a-z_]+)(?:`| =)", document.read_text()):
            assert section not in sections or f"{section}.{name}" in KEYS, f"{document.name}: {section}.{name}"


def test_the_readme_begins_with_the_two_commands() -> None:
    first = re.search(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert first is not None
    assert [line.split("#")[0].strip() for line in first[1].splitlines()] == ["make run", "make test"]


@pytest.mark.parametrize("path", sorted((ROOT / "feeder").rglob("*.py")), ids=lambda path: path.name)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400
    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > 50
    ]
    assert long == []
