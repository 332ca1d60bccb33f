"""Commands with mistakes on purpose: each is one line that says what, where, and what to do; never a traceback."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from feeder.cli import main

Run = Callable[[Sequence[str]], tuple[object, str, str]]

USAGE = r"""
$ feeder serv
feeder: there is no command 'serv'; the nearest is 'serve'; see: feeder --help
$ feeder zzz
feeder: there is no command 'zzz'; see: feeder --help
$ feeder --verison
feeder: there is no option '--verison'; the nearest is '--version'; see: feeder --help
$ feeder --foo
feeder: there is no option '--foo'; see: feeder --help
$ feeder quarantine lst
feeder quarantine: there is no command 'lst'; the nearest is 'list'; see: feeder quarantine --help
$ feeder serve --prt 8
feeder serve: there is no option '--prt'; the nearest is '--port'; see: feeder serve --help
$ feeder config check --st server.port=8
feeder config check: there is no option '--st'; the nearest is '--set'; see: feeder config check --help
$ feeder tail --port 8
feeder tail: there is no option '--port'; see: feeder tail --help
$ feeder check --jsn x
feeder check: there is no option '--jsn'; the nearest is '--json'; see: feeder check --help
$ feeder check
feeder check: missing argument 'PATH...'; see: feeder check --help
$ feeder retract
feeder retract: missing argument 'ID'; see: feeder retract --help
$ feeder publish more
feeder publish: got unexpected extra argument (more); see: feeder publish --help
$ feeder publish --site file
feeder publish: invalid value for '--site': Directory 'file' is a file; see: feeder publish --help
$ feeder tail --since
feeder tail: option '--since' requires an argument; see: feeder tail --help
$ feeder check --json=3 x
feeder check: option '--json' does not take a value; see: feeder check --help
$ feeder tail --snapshot x
feeder tail: invalid value for '--snapshot': 'x' is not a valid integer range; see: feeder tail --help
$ feeder tail --silence=-1
feeder tail: invalid value for '--silence': -1.0 is not in the range x>=0; see: feeder tail --help
$ feeder conform --only ZZ http://127.0.0.1:9/
feeder conform: invalid value for --only: there is no check ZZ; see: feeder conform --help
$ feeder quarantine retry
feeder quarantine retry: name the files, or say --all; see: feeder quarantine retry --help
$ feeder quarantine retry --all a.txt
feeder quarantine retry: name the files, or say --all; see: feeder quarantine retry --help
$ feeder worker 90 91 92
feeder worker: only `feeder serve --workers` can start this; see: feeder worker --help
$ feeder $'\x1b[31mserve'
feeder: there is no command '\x1b[31mserve'; the nearest is 'serve'; see: feeder --help
$ feeder config check --set site.titel=x
feeder: flag for site.titel: there is no setting 'site.titel'; the nearest is 'site.title'
$ feeder config check --set nonsense
feeder: --set nonsense: write it as SECTION.KEY=VALUE
$ feeder config check --config nowhere.toml
feeder: nowhere.toml: No such file or directory
$ feeder config check --config folder
feeder: --config folder: this is a folder; name the settings file in it
$ feeder serve --port many
feeder: flag for server.port: server.port = 'many': Input should be a valid integer, unable to parse string as an
integer
$ feeder serve --operator x
feeder: flag for operator.listen: operator.listen = 'x': is not HOST:PORT; write for example 127.0.0.1:8001, or
"off"
$ feeder serve --feeds folder --seeds folder
feeder: feeds.path = 'folder' lies in seeds.path = 'folder', which is only ever read; name a folder beside it
$ feeder check nowhere.txt
feeder: nowhere.txt: there is no such file or folder
$ feeder check ''
feeder: '': there is no such file or folder
$ feeder tail ftp://x/
feeder: ftp://x/ is no address of a stream: write it as http://HOST:PORT/PATH
$ feeder tail x --last-event-id $'a\nb'
feeder: --last-event-id a\nb: no event has this id
$ feeder feeds --store sqlite:///folder
feeder: store.url: 'sqlite:///folder' names no file; write sqlite:///data/feeder.db (from the working directory) or
sqlite:////var/lib/feeder/feeder.db (from the root)
"""
"""What was typed, and the one line that it is answered with (a long one is folded here); all of it exits 2."""

STATE = r"""
$ feeder tail
feeder: no instance of data is running; see --data, or name the address of a stream
$ feeder feeds
feeder: there is no store at {here}/data/feeder.db yet; `feeder serve` or `feeder publish` makes it
$ feeder withdraw
feeder: there is no store at {here}/data/feeder.db yet; `feeder serve` or `feeder publish` makes it
$ feeder quarantine list
feeder: there is no store at {here}/data/feeder.db yet; `feeder serve` or `feeder publish` makes it
$ feeder feeds --store sqlite:///file
feeder: the store {here}/file is not a SQLite file (file is not a database)
$ feeder publish --data file/below
feeder: the data folder file/below cannot be used: Not a directory; let this user write there, or use --data
$ feeder retract urn:x --data fresh
feeder: there is no article with the id urn:x; the feeds and `feeder check` show the ids
"""
"""Likewise what is right and cannot be done as things are; all of it exits 1."""

MISTAKES = [
    (line.removeprefix("feeder "), code, " ".join(said))
    for transcript, code in ((USAGE, 2), (STATE, 1))
    for line, *said in (case.splitlines() for case in transcript.strip().removeprefix("$ ").split("\n$ "))
]


def words(line: str) -> list[str]:
    """As a shell reads it; ``$'…'`` is what bash makes of it."""
    return [one.removeprefix("$").encode().decode("unicode_escape") if one.startswith("$") else one
            for one in shlex.split(line)]  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FEEDER_")]:
        monkeypatch.delenv(name)
    (tmp_path / "folder").mkdir()
    (tmp_path / "seeds").mkdir()
    (tmp_path / "file").write_text("This is no store and no folder.\n" * 10)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command in this process: its exit code, its output, its complaints."""

    def call(arguments: Sequence[str]) -> tuple[object, str, str]:
        monkeypatch.setattr("sys.argv", ["feeder", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, *capfd.readouterr()

    return call


@pytest.mark.parametrize(("line", "code", "said"), MISTAKES, ids=[line for line, _, _ in MISTAKES])
def test_a_mistake_is_one_line_that_says_what_to_do(here: Path, run: Run, line: str, code: int, said: str) -> None:
    there = sorted(here.rglob("*"))
    assert run(words(line)) == (code, "", said.replace("{here}", str(here.resolve())) + "\n")
    if "fresh" not in line:  # a folder that was named to be made
        assert sorted(here.rglob("*")) == there


@pytest.mark.parametrize("group", ["", "quarantine", "config"])
def test_a_group_without_a_command_shows_its_help(run: Run, group: str) -> None:
    code, out, err = run(group.split())
    assert (code, out) == (2, "")
    assert f"Usage: feeder {group}".strip() in err
