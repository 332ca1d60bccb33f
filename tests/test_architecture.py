"""Who may import whom, and which words no module or class is called by; docs/architecture.md says the same."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "feeder"

# Rooms from the bottom up. A room may import what lies below it, and itself; rooms of one level do not know
# each other. A room is named by its module path; a file of a room belongs to the longest match.
LADDER: list[set[str]] = [
    {"model", "errors", "bell"},
    {"likeness", "charset"},
    {"registry", "record", "identity", "dates", "names", "text", "language", "safe_html", "byline", "summary", "uris"}
    | {"media", "limits", "query", "codings", "peers"},
    {"attachments"},
    {"normalize", "parse", "render", "seeds", "store", "media_folder", "folder_bell", "outbound"},
    {"judge", "accounts", "pages"},
    {"editor"},
    {"ingest", "publish", "stream", "websub", "indexing", "eventsource", "conform", "static_site"},
    {"web", "config"},
    {"schedule", "instance", "listening", "measures"},
    {"wiring", "public"},
    {"workers"},
    {"service", "passes", "doctor", "new_site"},
    {"cli", "__main__"},
]
# Within the second rung a few leaves stand on each other; each pair is named.
BESIDE: set[tuple[str, str]] = {("__main__", "cli"), ("media", "names"), ("query", "names"), ("query", "text")}
# The same within ``parse``. Flat there are the formats, one file for each, and what rooms share. A format may import
# what is shared and every room, but no other format.
SHARED = {
    "archive",
    "credits_line",
    "findings",
    "metadata",
    "plain",
    "spool",
    "unclaimed",
    "whole",
    "xml",
    "xml_text",
}
# The rooms of ``parse`` from the bottom up, and those below that each may know; no room knows a format.
PARSE_ROOMS: dict[str, set[str]] = {
    "structured_data": set(),
    "writing": set(),
    "syndication": set(),
    "newswire": set(),
    "page": {"structured_data"},
    "objects": {"structured_data", "writing"},
    "message": {"page"},
}
ROOMS = {"parse", "render", "seeds", "store", "pages", "editor"}
KNOWS_CONTRACTS = {6, 7, 8}  # they know a room's contract, never a file in it
PURE = {
    "model",
    "errors",
    "record",
    "identity",
    "dates",
    "names",
    "text",
    "charset",
    "language",
    "safe_html",
    "byline",
    "summary",
    "uris",
    "media",
    "limits",
    "likeness",
    "attachments",
    "query",
    "peers",
    "normalize",
    "parse",
    "render",
    "pages",
}
FORBIDDEN_IN_PURE = {"asyncio", "os", "time", "socket", "sqlite3", "subprocess", "threading", "pathlib"}
BANNED = {
    "utils",
    "util",
    "helpers",
    "common",
    "misc",
    "base",
    "core",
    "manager",
    "handler",
    "processor",
    "factory",
    "impl",
}
ONLY_IN = {
    "feedgen": {"render/rss_atom.py"},
    "apscheduler": {"schedule.py"},
    "sqlite3": {"store/sqlite/connection.py"},
}

FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(tree: ast.Module) -> list[str]:
    """Every module named by an import anywhere in the file, those for types only included."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
            if node.module.startswith("feeder"):
                found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def level(name: str) -> int:
    return next(number for number, rooms in enumerate(LADDER) if name in rooms)


def breaches(path: Path, tree: ast.Module) -> list[str]:
    """What a file imports that its place on the ladder does not allow."""
    found, here = [], room(path)
    name = str(path.relative_to(PACKAGE))
    for module in imports(tree):
        top = module.split(".")[0]
        if name not in ONLY_IN.get(top, {name}):
            found.append(f"{name}: only {sorted(ONLY_IN[top])} may import {top}")
        if here in PURE and top in FORBIDDEN_IN_PURE:
            found.append(f"{name}: a pure room imports {top}")
        if top != "feeder" or here == "__init__":
            continue
        parts = module.split(".")
        if len(parts) == 1 or not known(parts[1]) or parts[1] == here or (here, parts[1]) in BESIDE:
            continue
        if level(parts[1]) >= level(here):
            found.append(f"{name}: {here} may not know {parts[1]}")
        if len(parts) > 2 and is_file(parts[1:3]) and level(here) in KNOWS_CONTRACTS and parts[1] in ROOMS:
            found.append(f"{name}: knows the file {module}, not only the room's contract")
    return found


def is_file(parts: list[str]) -> bool:
    """Whether a room's file is named, or a room within it; what else a module offers is its contract."""
    return PACKAGE.joinpath(*parts).with_suffix(".py").exists() or PACKAGE.joinpath(*parts).is_dir()


def known(name: str) -> bool:
    return any(name in rooms for rooms in LADDER)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    assert breaches(path, ast.parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_room_stands_on_the_ladder_and_no_name_is_banned(path: Path) -> None:
    assert room(path) == "__init__" or known(room(path))
    words = set(path.stem.lower().split("_"))
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            words.add(node.name.lower().lstrip("_"))
    assert not words & BANNED


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("render/atom.py", "import time"),
        ("store/other.py", "from feeder.render import Site"),
        ("normalize.py", "from feeder import ingest"),
        ("publish.py", "from feeder.stream import Hub"),
        ("ingest.py", "from feeder.store.sqlite.store import Sqlite"),
        ("publish.py", "from feeder.parse.page import document"),
        ("parse/page/article.py", "from feeder.judge import worker"),
        ("web/pages.py", "from feeder.config import Settings"),
        ("render/jsonfeed.py", "import feedgen.feed"),
    ],
)
def test_a_planted_breach_is_found(where: str, line: str) -> None:
    assert breaches(PACKAGE / where, ast.parse(line))


def formats() -> set[str]:
    """The files of ``parse`` that are a format, as the entry points name them."""
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    values = project["entry-points"]["feeder.parsers"].values()
    return {value.removeprefix("feeder.parse.").partition(":")[0] for value in values}


FORMATS = formats()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table that stands below a heading of docs/architecture.md."""
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text("utf-8").partition(f"{heading}\n")[2]
    lines = text.partition("\n#")[0].splitlines()
    return [line.strip()[1:-1].split("|") for line in lines if line.startswith("|")][2:]


def named(cell: str) -> list[str]:
    """What a cell names; a file of a room (``reading.py``) is no room."""
    return re.findall(r"`([a-z_0-9]+)/?`", cell)


def test_the_document_has_the_ladder_with_each_room_in_its_row() -> None:
    told = [named(cells[1]) for cells in reversed(rows("## Who may know whom"))]
    ladder = [rung - {"__main__"} for rung in LADDER]
    leaves = set().union(*ladder[1:4])
    assert [sorted(row) for row in told] == [sorted(rung) for rung in [ladder[0], leaves, *ladder[4:]]]


def test_the_document_tells_which_rooms_of_parse_formats_use_and_what_each_may_know() -> None:
    used: dict[str, set[str]] = {name: set() for name in PARSE_ROOMS}
    for name in FORMATS:
        for module in imports(ast.parse((PACKAGE / "parse" / f"{name}.py").read_text("utf-8"))):
            below = module.removeprefix("feeder.parse.").split(".")[0]
            used.get(below, set()).add(name)
    table = rows("### The rooms of `parse`")
    assert {named(room)[0]: set(named(formats)) for room, _, formats, _ in table} == used
    assert {named(room)[0]: set(named(known)) for room, _, _, known in table} == PARSE_ROOMS


def may_know(here: str) -> set[str]:
    """What a file or room of ``parse`` may import of it besides itself."""
    return SHARED | (PARSE_ROOMS.keys() if here in FORMATS else PARSE_ROOMS.get(here, set()))


def parse_breaches(path: Path, tree: ast.Module) -> list[str]:
    """What a file of ``parse`` imports of it that its own place there does not allow."""
    place = path.relative_to(PACKAGE / "parse")
    here = place.with_suffix("").parts[0]
    found = []
    for module in imports(tree):
        parts = module.split(".")
        if parts[:2] != ["feeder", "parse"] or len(parts) == 2 or not is_file(parts[1:3]) or parts[2] == here:
            continue
        if parts[2] not in may_know(here):
            found.append(f"parse/{place}: {here} may not know {parts[2]}")
    return found


IN_PARSE = sorted((PACKAGE / "parse").rglob("*.py"))


@pytest.mark.parametrize("path", IN_PARSE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_in_parse_formats_know_rooms_and_rooms_know_no_format(path: Path) -> None:
    assert parse_breaches(path, ast.parse(path.read_text("utf-8"))) == []


def test_rooms_of_parse_are_written_from_the_bottom_up() -> None:
    order = list(PARSE_ROOMS)
    assert [name for name in order if not PARSE_ROOMS[name] <= set(order[: order.index(name)])] == []


def test_what_lies_in_parse_is_a_format_a_room_or_shared() -> None:
    lie = {path.relative_to(PACKAGE / "parse").with_suffix("").parts[0] for path in IN_PARSE}
    assert lie == FORMATS | SHARED | PARSE_ROOMS.keys() | {"__init__"}


@pytest.mark.parametrize("name", PARSE_ROOMS)
def test_a_room_of_parse_says_what_it_is_and_names_its_files(name: str) -> None:
    """A room's face is its docstring alone; whoever needs a file of the room imports that file."""
    tree = ast.parse((PACKAGE / "parse" / name / "__init__.py").read_text("utf-8"))
    said = ast.get_docstring(tree) or ""
    assert len(tree.body) == 1
    files = {path.stem for path in (PACKAGE / "parse" / name).glob("*.py")} - {"__init__"}
    assert {file for file in files if f"``{file}``" not in said} == set()


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("rss.py", "from feeder.parse import atom"),
        ("writing/body.py", "from feeder.parse import markdown"),
        ("xml.py", "from feeder.parse.seed import PARSER"),
        ("plain.py", "from feeder.parse.writing import body"),
        ("__init__.py", "from feeder.parse import page"),
        ("page/article.py", "from feeder.parse.newswire import block"),
        ("newswire/block.py", "from feeder.parse.page.document import Page"),
        ("page/article.py", "from feeder.parse.objects import kinds"),
        ("structured_data/values.py", "import feeder.parse.objects.values"),
    ],
)
def test_a_planted_breach_within_parse_is_found(where: str, line: str) -> None:
    assert parse_breaches(PACKAGE / "parse" / where, ast.parse(line))


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_file_is_part_of_a_circle() -> None:
    """Imports for types only count too; a room's face (``__init__``) may show its files, they may not look back."""
    modules = {module_of(path): path for path in FILES}
    edges = {
        module: {name for name in imports(ast.parse(path.read_text("utf-8"))) if name in modules} - {module}
        for module, path in modules.items()
    }
    for module, needs in edges.items():
        needs -= {face for face in needs if module.startswith(face + ".") and module in edges[face]}
    assert circle(edges) == set()
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == {"a", "b", "c"}


def circle(edges: dict[str, set[str]]) -> set[str]:
    """What is left when all that needs nothing that is left has been taken away: circles, and who needs them."""
    left = {name: set(needs) for name, needs in edges.items()}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    return set(left)
