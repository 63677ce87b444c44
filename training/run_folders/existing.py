"""What ``train`` does with a folder that already holds a run: raise an error, resume the run, or replace it."""

import os
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
from .locking import locked
from .own_files import foreign_files
from .paths import check_new, is_unfinished
from .remedies import PLAN, another_folder, resume_command
from .run_folder import RunFolder

Existing: TypeAlias = Literal["error", "resume", "overwrite"]
"""What to do with a run that exists: raise an error, resume it, or replace it."""


def check_kind(path: Path, several: bool) -> None:
    """Check that a folder does not hold a single run if several seeds are to be trained, or the other way round.

    Raises:
        ValueError: If it does.
    """
    if not os.path.lexists(path / ("config.json" if several else PLAN)):
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
    foreign = foreign_files(path)
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
            yield lambda: _remove_run(aside)
    finally:
        put_back(path)


def put_back(path: Path) -> None:
    """Put back a run that was moved away to be overwritten, if the new run did not begin; remove it if it did.

    Raises:
        ValueError: If something else is in its place.
    """
    name = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.replaced")
    parent = path.absolute().parent
    set_aside = sorted(entry for entry in parent.iterdir() if name.fullmatch(entry.name)) if parent.is_dir() else []
    for aside in set_aside:
        if aside.is_symlink() or not (holds_runs(aside) or (aside.is_dir() and not foreign_files(aside))):
            continue
        blocking: list[str] = []
        with suppress(InvalidArgument, OSError), locked(aside):  # another process that replaces it holds its lock
            if holds_runs(path):
                _remove_run(aside)
                continue
            if path.is_dir() and any(path.iterdir()) and not is_unfinished(path):
                blocking = [str(path / entry) for entry in foreign_files(path)] or [str(path)]
            elif holds_runs(aside):
                if path.is_dir():
                    shutil.rmtree(path)
                aside.rename(path)
        if blocking:
            rule = f"The run that was to be overwritten can be put back from {aside} only if nothing is in its place"
            raise invalid(rule, ", ".join(blocking), "Move your own files elsewhere.")


def _remove_run(path: Path) -> None:
    """Remove the folder of a run that was replaced, unless it holds files that are not of a run."""
    with suppress(OSError):
        if not foreign_files(path):
            shutil.rmtree(path)


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
    if not os.path.lexists(path / "config.json"):
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
