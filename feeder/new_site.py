"""A new site: the files that it begins with, and how they come to be, all of them or none.

What they say is a function of values (``files_of``); only ``make`` touches the disk. Nothing that is there is ever
written over.
"""

from __future__ import annotations

import os
import shlex
import textwrap
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from feeder.config import DEFAULT_FILE, sample
from feeder.errors import ConfigError, UnavailableError, printable
from feeder.language import tag

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

UNIT: Final = "config/feeder.service"
ARTICLE: Final = "seeds/welcome.txt"
_KEPT_EMPTY: Final = (
    "# What is here the service writes itself; this file keeps the folder in a repository.\n*\n!.gitignore\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is wanted.

    ``folder`` is absolute, ``program`` what starts feeder, ``user`` who shall run the service. ``settings`` are those
    that shall not have their defaults (``section.key`` to value), ``now`` is aware.
    """

    folder: Path
    settings: Mapping[str, str]
    program: tuple[str, ...]
    user: str
    now: datetime


def files_of(plan: Plan) -> dict[str, str]:
    """Every file by its path in the folder, with its text; the day of the article is that of the site's zone.

    Raises:
        ConfigError: a setting cannot be; it is named.
    """
    _check_language(plan.settings.get("site.language", ""))
    settings = sample(plan.settings)  # which says whether the zone is one
    day = plan.now.astimezone(ZoneInfo(plan.settings.get("site.timezone", "UTC"))).date()
    return {
        str(DEFAULT_FILE): settings,
        UNIT: unit(plan),
        ARTICLE: _ARTICLE.format(day=day.isoformat()),
        "feeds/.gitignore": _KEPT_EMPTY,
        "data/.gitignore": _KEPT_EMPTY,
    }


def _check_language(language: str) -> None:
    if language and tag(language) is None:
        raise ConfigError(
            f"flag for site.language: {printable(language)} is not a language tag (BCP 47); write for example en or "
            "pt-BR"
        )


def make(plan: Plan) -> list[str]:
    """Make the site and name its files; the folder is made if need be, and may hold other things.

    Raises:
        ConfigError: a file is there already, or a setting cannot be. Nothing was written.
        UnavailableError: it cannot be written; what was written is gone again.
    """
    files = files_of(plan)
    if there := next((name for name in files if os.path.lexists(plan.folder / name)), None):
        raise ConfigError(
            f"{printable(str(plan.folder / there))} is there already, and nothing is written over; "
            "name another folder, or move it away"
        )
    with ExitStack() as undone:
        for name, text in files.items():
            _write(plan.folder / name, text, undone)
        undone.pop_all()
    return list(files)


def _write(file: Path, text: str, undone: ExitStack) -> None:
    """Write a new file, with the folders above it; how to undo it goes on the stack."""
    try:
        for folder in reversed((file.parent, *file.parent.parents)):
            if not folder.is_dir():
                folder.mkdir()
                undone.callback(folder.rmdir)
        with file.open("x", encoding="utf-8") as opened:
            undone.callback(file.unlink)
            opened.write(text)
    except OSError as error:
        name = printable(str(error.filename or file))
        raise UnavailableError(f"{name} cannot be made: {error.strerror}; name another folder, or mend that") from None


def unit(plan: Plan) -> str:
    """The unit of systemd that runs the site's service."""
    folder = str(plan.folder)
    return _UNIT.format(
        description=f"feeder publishes {_unspecified(plan.folder.name)}",
        command=" ".join(_word(part) for part in (*plan.program, "serve")),
        folder=_unspecified(folder),
        written=f"{_word(folder + '/data')} {_word(folder + '/feeds')}",
        shown=printable(folder),
        quoted=shlex.quote(printable(folder)),
        user=plan.user,
    )


def _unspecified(text: str) -> str:
    """A text in a unit: its per cents are no specifiers (systemd.unit(5))."""
    return printable(text).replace("%", "%%")


def _word(text: str) -> str:
    """One word of a command or a list in a unit, quoted where need be (systemd.syntax(7), systemd.service(5))."""
    escaped = _unspecified(text.replace("\\", "\\\\").replace('"', '\\"'))
    return escaped if _is_plain(text) else f'"{escaped}"'


def _is_plain(text: str) -> bool:
    return bool(text) and not set(text) & set(" '\"\\;")


_ARTICLE: Final = textwrap.dedent("""\
    date {day} Welcome: this is your first article

    If you read this in a browser or a feed reader, your site works. This text is the file seeds/welcome.txt, and the
    next article is the next file that you put into the folder seeds.

    An article is a text file. Its first line is the word date, the date as year, month and day, and the title to the
    end of the line. Then comes an empty line, then the text. Empty lines part its paragraphs.

    A folder in seeds is a section: seeds/world/talks.txt stands in the section world. Markdown with front matter does
    as well, and so do web pages, feeds, mail and what news agencies send. A picture that lies beside the file and is
    named in it is shown.

    Change the file, and readers get the new version. Write a date that is still to come, and the article waits for it.
    How a file would be read, or why not, is told by the command feeder check and the name of the file.

    When you have written something of your own, withdraw this one: the command feeder check seeds/welcome.txt shows its
    id, and feeder retract with that id takes it from the feeds for good. Then delete the file.
    """)

_UNIT: Final = textwrap.dedent("""\
    # The service of {shown}, for systemd. Look it over, then:
    #   systemctl enable --now {quoted}/config/feeder.service
    # or copy it to /etc/systemd/system first, if the folder is not there yet when the machine starts. A second site on
    # the same machine needs another name for this file, and another server.port and operator.listen.

    [Unit]
    Description={description}
    After=network-online.target
    Wants=network-online.target

    [Service]
    # Settings that are relative paths (seeds, feeds, data) are meant from here.
    WorkingDirectory={folder}
    ExecStart={command}
    Type=exec
    # Who runs it: must be able to read the articles, and to write data and feeds. To make a user for it:
    #   useradd --system {user}
    #   chown -R {user} {quoted}/data {quoted}/feeds
    User={user}
    # It ends with 2 if a setting is wrong, and starting it again would not mend that.
    Restart=always
    RestartPreventExitStatus=2
    # It says goodbye to its listeners (stream.drain_seconds), and its processes end with it.
    KillMode=mixed
    TimeoutStopSec=30
    # One for each listener (stream.max_listeners), and some.
    LimitNOFILE=65536

    # The whole system is read-only to it but for these two; name here what else it shall write to, if you move
    # data.path, feeds.path or store.url.
    ProtectSystem=strict
    ReadWritePaths={written}
    ProtectHome=read-only
    PrivateTmp=yes
    PrivateDevices=yes
    NoNewPrivileges=yes
    # A port below 1024 (server.port) needs CAP_NET_BIND_SERVICE in these two.
    CapabilityBoundingSet=
    AmbientCapabilities=
    ProtectClock=yes
    ProtectControlGroups=yes
    ProtectHostname=yes
    ProtectKernelLogs=yes
    ProtectKernelModules=yes
    ProtectKernelTunables=yes
    LockPersonality=yes
    RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
    RestrictNamespaces=yes
    RestrictRealtime=yes
    RestrictSUIDSGID=yes
    SystemCallArchitectures=native
    # It asks for nothing else of the kernel (seen by strace, with all its processes).
    SystemCallFilter=@system-service
    SystemCallErrorNumber=EPERM

    [Install]
    WantedBy=multi-user.target
    """)
