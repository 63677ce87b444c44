"""Which files in the folder of a run, or of the runs of several seeds, interlect writes. No others are ever removed."""

import os
import re
from pathlib import Path

TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{16}\.tmp")
"""Names of temporary files and folders. The group is the name that the file or folder has when it is complete."""
TEAM = r"(/(team\.json|agent_\d+(/(graph\.json|model\.safetensors))?))?"
CHECKPOINT = rf"(/(manifest\.json|counters\.json|learner\.safetensors|team{TEAM}))?"
PAGES = (
    r"(study|operators|formation|held_out_chains)\.json",
    r"messages\.csv",
    r"(report|operators)\.html",
)
WRITTEN = (
    r"\.lock",
    r"(config|result|seeds|aggregate)\.json",
    r"metrics\.jsonl",
    rf"start{TEAM}",
    rf"checkpoints(/\d+(\.damaged-[0-9a-f]{{8}})?{CHECKPOINT})?",
    *PAGES,
)
OWN = re.compile(rf"(seed-\d+/)?({'|'.join(WRITTEN)})|seed-\d+")
"""Paths of the files and folders of a run, or of the runs of several seeds, inside their folder."""
FILE = re.compile(r".*\.(json|jsonl|csv|html|safetensors|lock)")
"""Paths of files; others are those of folders."""


def foreign_files(folder: Path, inside: str = "") -> list[str]:
    """The paths inside a folder, in order, of what interlect did not write: files, links, and empty folders.

    Args:
        folder: The folder of a run, or of the runs of several seeds.
        inside: A folder inside it, to search only there, such as "checkpoints/4".
    """
    found = []
    for place, folders, files in os.walk(folder / inside, onerror=_raise):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        leaves = [*files, *links] if files or folders else [""]
        found += [
            path for name in leaves if not _is_own(path := os.path.relpath(os.path.join(place, name), folder), folder)
        ]
    return sorted(path for path in found if path != ".")


def _is_own(path: str, folder: Path) -> bool:
    final = "/".join(TEMPORARY.sub(r"\1", part) if TEMPORARY.fullmatch(part) else part for part in path.split(os.sep))
    full = folder / path
    regular = full.is_file() if FILE.fullmatch(final) else full.is_dir()
    return regular and not full.is_symlink() and bool(OWN.fullmatch(final))


def _raise(error: OSError) -> None:
    raise error
