"""Damage to the folder of a run, a team or an agent, by a seeded generator."""

import contextlib
import hashlib
import json
import os
import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from interlect.agents import load_team

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 0.5, -0.0, 1e308, 10**9, 10**12, 2**63, 2**64, 10**30, 10**400, -(10**30)),
    *("", "a", "..", "../..", "/etc/passwd", "agent_0", "through", "\ud800", "a\nb", "\x00", "é", "x" * 10_000),
    *("__import__('os').system('true')", "Linear", "DRU", "dial", "self"),
    *([], {}, [[]], [None], ["a", 1], {"a": 1}, {"": {}}, [0] * 1000, [[[[[[[[1]]]]]]]]),
]
"""Values that take the place of a value in JSON."""
TEXTS = [
    "[" * 100_000,
    '{"a":' * 5000,
    "9" * 5000,
    *["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "nul", "'", "01", '"\\u'],
]
"""Texts that take the place of a value in JSON."""
NAMES = [
    " ",
    "a\nb",
    "x" * 200,
    *["..x", "é", "-rf", ".hidden", "config.json.tmp", "4", "99", "-1", "٣", "04", "1e3", "agent_0"],
]
"""Names of new and renamed files."""


def files_of(folder: Path, *suffixes: str) -> list[Path]:
    """The files that can be read and changed: no links, and no sparse files that other damage has made."""
    files = (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink() and p.stat().st_size < 10**7)
    return sorted(p for p in files if not suffixes or p.suffix in suffixes)


def flip(rng: random.Random, folder: Path, other: Path) -> None:
    path = rng.choice(files_of(folder))
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 1, 3, 50])):
        if content:
            content[rng.randrange(min(len(content), rng.choice([64, 10**9])))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def cut(rng: random.Random, folder: Path, other: Path) -> None:
    path = rng.choice(files_of(folder))
    content = path.read_bytes()
    path.write_bytes(content[: rng.choice([0, 1, 8, len(content) // 2, max(0, len(content) - 1)])])


def append(rng: random.Random, folder: Path, other: Path) -> None:
    path = rng.choice(files_of(folder))
    path.write_bytes(path.read_bytes() + rng.choice([b"\x00", b"{}", b"\n[]\n", b"\xff\xfe", rng.randbytes(300)]))


def noise(rng: random.Random, folder: Path, other: Path) -> None:
    rng.choice(files_of(folder)).write_bytes(rng.randbytes(rng.choice([1, 100, 5000])))


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(p for key, inner in items for p in places(inner, (*place, key)))]


def changed_json(rng: random.Random, folder: Path, other: Path) -> None:
    path = rng.choice(files_of(folder, ".json"))
    path.write_bytes(change(rng, path.read_text()).encode("utf-8", "surrogatepass"))


def changed_row(rng: random.Random, folder: Path, other: Path) -> None:
    found = files_of(folder, ".jsonl")
    if not found:
        return changed_json(rng, folder, other)
    path = rng.choice(found)
    lines = path.read_text().splitlines()
    if lines:
        place = rng.randrange(len(lines))
        kind = rng.randrange(4)
        if kind == 0:
            lines[place] = change(rng, lines[place])
        elif kind == 1:
            lines.insert(place, lines[place])
        elif kind == 2:
            del lines[place]
        else:
            lines.reverse()
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    return None


def change(rng: random.Random, text: str) -> str:
    """JSON with one to three changed values, keys or items."""
    content = json.loads(text)
    marks: dict[str, str] = {}
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        place = rng.choice(places(content))
        if not place:
            if rng.random() < 0.2:
                content = rng.choice(VALUES)
            continue
        holder = content
        for key in place[:-1]:
            holder = holder[key]
        key, kind = place[-1], rng.randrange(7)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[rng.choice([f"{key}_", "", "__class__", "seed"])] = holder[key]
        elif kind == 1:
            holder.insert(key, holder[key])
        elif kind == 2:
            mark = f"mark{len(marks)}"
            marks[mark], holder[key] = rng.choice(TEXTS), mark
        elif kind == 3 and isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            holder[key] = rng.choice(
                [holder[key] + 1, -holder[key], holder[key] * 10**9, float(holder[key]), str(holder[key])]
            )
        else:
            holder[key] = rng.choice(VALUES)
    text = json.dumps(content, indent=rng.choice([None, 2]))
    for mark, replacement in marks.items():
        text = text.replace(f'"{mark}"', replacement)
    return text


def changed_weights(rng: random.Random, folder: Path, other: Path) -> None:
    """A safetensors file with another header, or other values."""
    found = files_of(folder, ".safetensors")
    if not found:
        return noise(rng, folder, other)
    path = rng.choice(found)
    content = path.read_bytes()
    kind = rng.randrange(5)
    if kind == 0:
        size = rng.choice([0, 1, 2**31, 2**63, 2**64 - 1, len(content)])
        path.write_bytes(struct.pack("<Q", size) + content[8:])
    elif kind == 1:
        tensors = safetensors.torch.load(content)
        name = rng.choice(sorted(tensors))
        value = rng.choice([float("nan"), float("inf"), 1e38, -1e38, 0.0])
        if tensors[name].is_floating_point():
            tensors[name] = torch.full_like(tensors[name], value)
        path.write_bytes(safetensors.torch.save(tensors))
    elif kind == 2:
        tensors = safetensors.torch.load(content)
        name = rng.choice(sorted(tensors))
        tensor = tensors.pop(name)
        kinds = [torch.float64, torch.float16, torch.int64, torch.bool, torch.float8_e4m3fn, torch.bfloat16]
        replaced = [
            tensor.flatten(),
            tensor[None],
            tensor.to(rng.choice(kinds)),
            tensor.new_zeros(0),
            torch.zeros(100, 100),
        ]
        tensors[rng.choice([name, f"{name}_", "", "a.b"])] = rng.choice(replaced)
        path.write_bytes(safetensors.torch.save({name: tensor.contiguous() for name, tensor in tensors.items()}))
    else:
        (length,) = struct.unpack("<Q", content[:8])
        header = change(rng, content[8 : 8 + length].decode()).encode("utf-8", "surrogatepass")
        path.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + length :])
    return None


def removed(rng: random.Random, folder: Path, other: Path) -> None:
    path = rng.choice(sorted(folder.rglob("*")))
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def special(rng: random.Random, folder: Path, other: Path) -> None:
    """A link, a pipe, or a folder in the place of a file or under a new name."""
    kind = rng.choice([0, 1, 2, 2, 3, 4, 5, 6])
    folders = sorted(path for path in folder.rglob("*") if path.is_dir())
    path = rng.choice(folders if kind == 2 and folders else sorted(folder.rglob("*")))
    if rng.random() < 0.7:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    else:
        path = path.with_name(f"new{rng.randrange(9)}")
    canary = folder.parents[2] / "canary"
    if kind == 0:
        os.mkfifo(path)
    elif kind == 1:
        path.symlink_to(canary / "secret")
    elif kind == 2:
        path.symlink_to(canary)
    elif kind == 3:
        path.symlink_to("/dev/zero")
    elif kind == 4:
        path.symlink_to(path)
    elif kind == 5:
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(rng.choice([10**9, 2**37]))


def renamed(rng: random.Random, folder: Path, other: Path) -> None:
    path = rng.choice(sorted(folder.rglob("*")))
    with contextlib.suppress(OSError):
        path.rename(path.with_name(rng.choice(NAMES)))


def added(rng: random.Random, folder: Path, other: Path) -> None:
    parent = rng.choice([folder, *sorted(p for p in folder.rglob("*") if p.is_dir() and not p.is_symlink())])
    path = parent / rng.choice(NAMES)
    if not path.exists():
        path.mkdir() if rng.random() < 0.5 else path.write_bytes(b"{}")


def swapped(rng: random.Random, folder: Path, other: Path) -> None:
    """A file of another folder."""
    common = [p.relative_to(folder) for p in files_of(folder) if (other / p.relative_to(folder)).is_file()]
    if common:
        name = rng.choice(common)
        shutil.copyfile(other / name, folder / name)


DAMAGE: list[Callable[[random.Random, Path, Path], None]] = [
    flip, cut, append, noise, changed_json, changed_json, changed_json, changed_json, changed_row, changed_weights,
    changed_weights, removed, special, renamed, added, swapped,
]  # fmt: skip


def reseal(folder: Path) -> None:
    """Make hashes and digests of a run those of its damaged files, as an attacker would."""
    config = json.loads((folder / "config.json").read_text())
    for checkpoint in sorted((folder / "checkpoints").iterdir()):
        with contextlib.suppress(Exception):
            config["structure"] = structure_of(config, checkpoint / "team")
    (folder / "config.json").write_text(json.dumps(config))
    run = hashlib.sha256(json.dumps([config["settings"], config["structure"]], sort_keys=True).encode()).hexdigest()
    for checkpoint in sorted((folder / "checkpoints").iterdir()):
        files = {
            path.relative_to(checkpoint).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files_of(checkpoint)
            if path.name != "manifest.json"
        }
        (checkpoint / "manifest.json").write_text(json.dumps({"run": run, "files": files}))


def structure_of(config: dict[str, Any], folder: Path) -> str:
    from interlect.protocols.channels.serialization import channel_to_json

    team, settings = load_team(folder), config["settings"]
    game = settings["recipe"], settings["game"], settings["agents"], settings["shared"]
    parts = [[agent.graph.to_json() for agent in team.agents], channel_to_json(team.channel), game]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
