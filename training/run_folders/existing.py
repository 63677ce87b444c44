"""What ``train`` does with a folder that already holds a run: raise an error, resume the run, or replace it."""

import glob
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Literal, TypeAlias

import torch

from ...agents import Team
from ...protocols.common.errors import InvalidArgument, invalid
from ..learners.settings import Settings
from .locking import LOCK, locked
from .remedies import PLAN, another_folder, resume_command
from .run_folder import CHECKPOINTS, START, RunFolder, check_new, is_unfinished

Existing: TypeAlias = Literal["error", "resume", "overwrite"]
"""What to do with a run that exists: raise an error, resume it, or replace it."""
PAGES = (
    "study.json",
    "messages.csv",
    "report.html",
    "operators.json",
    "operators.html",
    "formation.json",
    "held_out_chains.json",
)
WRITTEN = {LOCK, START, CHECKPOINTS, "config.json", "metrics.jsonl", "result.json", PLAN, "aggregate.json", *PAGES}
"""Names of the files and folders that interlect writes into the folder of a run, or of the runs of several seeds."""
SEED_FOLDER = re.compile(r"seed-\d+")
"""Names of the folders of runs in a folder of several seeds."""


def check_kind(path: Path, several: bool) -> None:
    """Check that a folder does not hold a single run if several seeds are to be trained, or the other way round.

    Raises:
        ValueError: If it does.
    """
    if not (path / ("config.json" if several else PLAN)).is_file():
        return
    rule, those = "A single run cannot be trained in the folder of several seeds", "those runs"
    if several:
        rule, those = "Several seeds cannot be trained in the folder of a single run", "that run"
    remedy = f"{another_folder().capitalize()}, or continue {those} with `{resume_command(path)}`."
    raise invalid(rule, str(path), remedy)


def check_same_settings(path: Path, existing: Settings, settings: Settings) -> None:
    """Check that a run that exists has the settings of the run to train.

    Raises:
        ValueError: If they differ; the message names the settings.
    """
    if existing != settings:
        differ = [
            f"{field.name}={getattr(settings, field.name)!r} instead of {getattr(existing, field.name)!r}"
            for field in fields(settings)
            if type(existing) is type(settings) and getattr(existing, field.name) != getattr(settings, field.name)
        ]
        received = ", ".join(differ) or f"{settings.recipe} instead of {existing.recipe}"
        raise only_same(path, "settings", received)


def check_same_start(path: Path, existing: Team | None, start: Team | None) -> None:
    """Check that a run that exists began with the team that the run to train starts from.

    Raises:
        ValueError: If it did not.
    """
    if (existing is None) != (start is None) or (existing and start and not _equal(existing, start)):
        raise only_same(path, "starting team", "another one")


def only_same(path: Path, what: str, received: object) -> InvalidArgument:
    """The error for a run to train that is not the one in its folder."""
    rule = f"{path} holds a run, and only a run with the same {what} can resume or overwrite it"
    return invalid(rule, received, f"{another_folder().capitalize()}, or pass the {what} of the run that exists.")


def check_replaceable(path: Path) -> None:
    """Check that a folder holds nothing but what interlect writes, so that it can be replaced.

    Raises:
        ValueError: If it holds anything else, or is a link.
    """
    foreign = []
    for entry in sorted(path.iterdir()):
        if SEED_FOLDER.fullmatch(entry.name) and entry.is_dir():
            check_replaceable(entry)
        elif entry.name not in WRITTEN and not (entry.name.startswith(".") and entry.name.endswith(".tmp")):
            foreign.append(entry.name)
    if path.is_symlink() or foreign:
        received = ", ".join(foreign) if foreign else f"the link {path}"
        remedy = f"Move your own files elsewhere, or {another_folder()}."
        raise invalid("Only a folder with nothing but the files of a run can be overwritten", received, remedy)


@contextmanager
def set_aside(path: Path, existing: Existing) -> Iterator[Callable[[], None]]:
    """Move a run that is to be overwritten away, and yield a function that removes it, for when the new run has begun.

    If the new run does not begin, the old one is put back: after an error at once, and after a kill by ``put_back``.
    """
    if existing != "overwrite" or not holds_runs(path):
        yield lambda: None
        return
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.replaced")
    try:
        with locked(path):
            path.rename(aside)
            yield lambda: shutil.rmtree(aside, ignore_errors=True)
    finally:
        put_back(path)


def put_back(path: Path) -> None:
    """Put back a run that was moved away to be overwritten, if the new run did not begin; remove it if it did."""
    for aside in sorted(path.absolute().parent.glob(f".{glob.escape(path.name)}.*.replaced")):
        with suppress(InvalidArgument, OSError), locked(aside):  # another process that replaces it holds its lock
            if holds_runs(path):
                shutil.rmtree(aside, ignore_errors=True)
            else:
                if path.is_dir() and (not any(path.iterdir()) or is_unfinished(path)):
                    shutil.rmtree(path)
                aside.rename(path)


def holds_runs(path: Path) -> bool:
    """Whether a folder holds a run, or the runs of several seeds, that have begun."""
    return (path / "config.json").is_file() or (path / PLAN).is_file()


def resumes(path: Path, existing: Existing, settings: Settings, start: Team | None) -> bool:
    """Whether to resume the run in the folder of a run to train, after checking what it holds.

    Raises:
        ValueError: If ``existing`` does not permit what it holds.
    """
    put_back(path)
    check_kind(path, several=False)
    if not (path / "config.json").is_file():
        check_new(path)
        return False
    with refused_if_damaged(path, existing):
        folder = RunFolder.open(path)
        there = folder.settings(), folder.start()
    check_same_settings(path, there[0], settings)
    check_same_start(path, there[1], start)
    if existing == "error":
        check_new(path)
    if existing == "overwrite":
        check_replaceable(path)
    return existing == "resume"


@contextmanager
def refused_if_damaged(path: Path, existing: Existing) -> Iterator[None]:
    """Raise the error for a folder that is not empty if what it holds cannot be read and was not to be used."""
    try:
        yield
    except InvalidArgument:
        if existing == "error":
            check_new(path)
        raise


def _equal(one: Team, other: Team) -> bool:
    if [agent.graph.to_json() for agent in one.agents] != [agent.graph.to_json() for agent in other.agents]:
        return False
    tensors = [[t for agent in team.agents for t in agent.state_dict().values()] for team in (one, other)]
    return one.channel == other.channel and all(map(torch.equal, *tensors))
