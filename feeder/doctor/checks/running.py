"""The instance: whether one runs, and is well. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.doctor.finding import counted, not_checked, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.doctor.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The instance of a data folder, as it announced itself and as its operator's listener answers.

    ``pid`` is the announced process (None: none did), ``is_alive`` whether it is there, ``owner`` the process that
    holds the folder's lock (0: nobody, None: unknown). ``has_operator`` is false if that listener is switched off,
    ``error`` is why it does not answer. ``is_older`` says that the settings file was changed after it started.
    ``is_closed`` is whether nothing of it can be seen, as the folder may not be read. ``port_error`` is why the public
    address cannot be listened on, where no instance runs. ``is_static`` is whether none need run, but for passes.
    """

    data: str
    pid: int | None = None
    is_alive: bool = False
    owner: int | None = None
    public: str = ""
    has_operator: bool = True
    error: str = ""
    is_ready: bool = False
    reasons: tuple[str, ...] = ()
    version: str = ""
    is_older: bool = False
    is_closed: bool = False
    is_static: bool = False
    port_error: str = ""

    @property
    def is_up(self) -> bool:
        """Whether it runs and can be asked: by its own listener or, where that is off, by the public."""
        return self.pid is not None and self.is_alive and not self.error


def judge_run(run: Run, version: str) -> Iterator[Finding]:
    """What became of the instance."""
    if run.pid is None:
        yield from _judge_none(run)
    elif not run.is_alive:
        yield problem(
            "instance",
            f"{run.data} names process {run.pid} as the instance, which is not there: it was killed.",
            "Start it again: feeder serve, or its unit. Nothing is lost; it reads on from the folder and the log.",
        )
    elif not run.has_operator:
        yield not_checked(
            "instance",
            f"It runs ({run.public}, process {run.pid}) without an operator's listener, so nobody can ask how it is.",
            "Set operator.listen.",
        )
    elif run.error:
        yield problem(
            "instance",
            f"Process {run.pid} runs at {run.public}, and its operator's listener does not answer: {run.error}.",
            "Look into its log; if it says nothing, end it (kill) and start it again: nothing is lost.",
        )
    else:
        yield from _judge_up(run, version)


def _judge_none(run: Run) -> Iterator[Finding]:
    if run.is_closed:
        yield not_checked(
            "instance",
            f"Whether one runs stands in {run.data}, which you may not read.",
            "Run it as the user that the service runs as.",
        )
        return
    if run.owner:
        yield not_checked(
            "instance",
            f"Process {run.owner} owns {run.data} and has not said where it listens: it is starting, or is a single "
            "pass such as feeder publish.",
            "Ask again in a moment.",
        )
        return
    if run.is_static:
        yield ok("instance", "None is running, and none need be (site.live = false): feeder publish writes the site.")
        return
    yield warning("instance", "No instance is running.", "Start one: feeder serve, or its unit.")
    if run.port_error:
        yield problem(
            "instance",
            f"It could not be started: {run.port_error}.",
            "End what listens there (ss -ltnp shows it), or set another server.port.",
        )


def _judge_up(run: Run, version: str) -> Iterator[Finding]:
    if run.is_ready:
        yield ok("instance", f"It runs and is ready: {run.public} (process {run.pid}).")
    for reason in run.reasons:
        yield problem("instance", f"It runs ({run.public}) and is not ready: {reason}.", _WHY)
    if run.version != version:
        yield warning(
            "instance", f"It runs release {run.version}, and {version} is installed.", "Start the instance again."
        )
    if run.is_older:
        yield warning(
            "instance",
            "The settings file was changed after it started; what was changed does not count yet.",
            "Start the instance again.",
        )


_WHY = "What each means, and what to do, stands in docs/operations.md (What happens when); the log says more."


def judge_refused(refused: int) -> Finding:
    """Whether files are in quarantine."""
    if not refused:
        return ok("quarantine", "Nothing is refused.")
    return warning(
        "quarantine",
        f"{counted(refused, 'file')} refused, in whole or in part.",
        "feeder quarantine list says why; mend them and they are taken in by themselves.",
    )
