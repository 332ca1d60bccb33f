"""Shell completion: the scripts in the shells themselves, and what they are told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from feeder.cli import commands
from feeder.cli.completion import NAME, SHELLS, script
from feeder.config import KEYS
from program import Place, require


def completed(*words: str) -> list[str]:
    """What is told for the last word."""
    found = ShellComplete(commands, {}, NAME, "").get_completions(list(words[:-1]), words[-1])
    return [one.value if one.type == "plain" else f"<{one.type}>" for one in found]


def test_commands_flags_and_choices() -> None:
    assert completed("qu") == ["quarantine"]
    assert completed("quarantine", "") == ["list", "retry", "show"]
    assert completed("serve", "--oper") == ["--operator"]
    assert completed("completion", "") == list(SHELLS)
    assert "worker" not in completed("")


def test_settings_have_every_key_with_the_sign_that_follows() -> None:
    assert completed("serve", "--set", "") == [f"{key}=" for key in KEYS]
    assert completed("publish", "--set", "log.") == ["log.level=", "log.format="]


def test_folders_and_files_are_the_shells_own_business() -> None:
    assert completed("serve", "--data", "") == ["<dir>"]
    assert completed("serve", "--config", "") == ["<file>"]
    assert completed("check", "") == ["<file>"]
    assert completed("init", "") == ["<dir>"]


def test_refused_files_are_told_from_the_store(place: Place) -> None:
    place.drop("bad.txt", "date 2026-13-45 Not a day\n\nText.\n")
    place.drop("good.txt", "date 2026-05-04 Good\n\nText.\n")
    assert place.run("publish").returncode == 0
    there = ("--data", str(place.folder / "data"))
    assert completed("quarantine", "show", *there, "") == ["bad.txt"]
    assert completed("quarantine", "retry", *there, "b") == ["bad.txt"]
    assert completed("quarantine", "show", *there, "x") == []


@pytest.mark.parametrize("given", [("--data", "nowhere"), ("--set", "what=1"), ("--config", "none.toml")])
def test_what_is_wrong_suggests_nothing_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], given: tuple[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert completed("quarantine", "show", *given, "") == []
    assert capfd.readouterr() == ("", "")


ASK = """
compopt() { echo "compopt $2"; }
source "$1"
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _feeder_completion feeder; echo "${COMPREPLY[*]}"; }
complete -p feeder
ask feeder qu
ask feeder quarantine s
ask feeder serve --set server.w
ask feeder serve --data x
"""


def test_bash_completes(tmp_path: Path) -> None:
    """With the real program; where nothing of ours fits, the shell completes files."""
    require(bash := shutil.which("bash"), "there is no bash here")
    program = tmp_path / "feeder"
    program.write_text(f"#!{sys.executable}\nfrom feeder.cli import main\nmain()\n")
    program.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    env = os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run(["feeder", "completion", "bash"], env=env, capture_output=True, text=True, check=True)
    (tmp_path / "script").write_text(printed.stdout)
    run = subprocess.run(
        [str(bash), "-c", ASK, "bash", str(tmp_path / "script")], env=env, capture_output=True, text=True, check=True
    )
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        "complete -o bashdefault -o default -o nosort -F _feeder_completion feeder",
        "quarantine",
        "show",
        "compopt nospace",
        "server.workers=",
        "compopt dirnames",
        "",
    ]


def test_fish_and_zsh_take_their_scripts(tmp_path: Path) -> None:
    for shell in ("fish", "zsh"):
        text = script(commands, shell)
        assert f"_FEEDER_COMPLETE={shell}_complete" in text
        if found := shutil.which(shell):
            (tmp_path / shell).write_text(text)
            subprocess.run([found, "-n", str(tmp_path / shell)], check=True)


def test_every_flag_and_argument_that_names_a_folder_completes_paths() -> None:
    for name in commands.list_commands(click.Context(commands)):
        command = commands.get_command(click.Context(commands), name)
        for one in command.params if command is not None else ():
            if one.metavar == "DIR":
                assert completed(name, *one.opts[:1] * isinstance(one, click.Option), "") in (["<dir>"], ["<file>"]), (
                    name,
                    one,
                )
