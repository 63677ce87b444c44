"""A folder from someone else: nothing is written or read outside it, and no name in it reaches anything but tensors."""

import json
import multiprocessing
import os
import shutil
import socket

import pytest
import safetensors.torch
import torch
from interlect.agents import load_agent, load_team, save_agent, save_team
from interlect.protocols.common import files
from interlect.training import Dial, Run, resume, train
from interlect.training.command_line.main import main
from interlect.training.run_folders.locking import LOCK
from interlect.training.run_folders.run_folder import RunFolder
from interlect.training.runs.seeds import resume_seeds, train_seeds
from worker_tasks import hold_lock

GAME = "switch_riddle_v0"
SMALL = {"updates": 4, "batch": 4, "width": 8, "evaluate_every": 2, "checkpoint_every": 2}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(Dial(GAME, **SMALL), tmp_path_factory.mktemp("trained") / "run").path


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "run")


def test_a_link_with_the_name_of_a_temporary_file_is_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("result.json.tmp", "result.json"):
        (folder / name).symlink_to(outside)
    files.write_json(folder / "result.json", {"a": 1})
    assert outside.read_text() == "mine"
    assert json.loads((folder / "result.json").read_text()) == {"a": 1}
    assert not (folder / "result.json").is_symlink()


@pytest.mark.parametrize("name", ["result.json", "metrics.jsonl", "checkpoints/4/team/link", "report.html", "any"])
@pytest.mark.parametrize("command", ["evaluate", "resume", "study", "operators"])
def test_links_in_a_run_are_refused(run, tmp_path, capsys, name, command):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(outside)
    assert main([command, str(run)]) == 1
    assert "must contain only regular files and folders; received" in " ".join(capsys.readouterr().out.split())
    assert outside.read_text() == "mine"


def test_pipes_and_sockets_are_refused_without_waiting(run):
    os.mkfifo(run / "pipe")
    with pytest.raises(ValueError, match="pipe, neither a file nor a folder"):
        Run.load(run)
    (run / "pipe").unlink()
    address = run / "socket"
    if len(str(address)) < 100:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(address))
            with pytest.raises(ValueError, match="socket, neither a file nor a folder"):
                Run.load(run)


def test_a_folder_that_is_itself_reached_by_a_link_is_read(run, tmp_path):
    (tmp_path / "link").symlink_to(run)
    assert Run.load(tmp_path / "link").result["updates"] == 4


@pytest.mark.parametrize("name", ["..", "../run/checkpoints/4/team/agent_0", "/etc", ".", "", "a\\b"])
def test_agents_of_a_team_lie_in_its_folder(tmp_path, trained, name):
    team = Run.load(trained).team
    save_team(tmp_path / "team", team)
    parts = json.loads((tmp_path / "team" / "team.json").read_text())
    (tmp_path / "team" / "team.json").write_text(json.dumps(parts | {"agents": [name] * 3}))
    with pytest.raises(ValueError, match=r"An agent of team\.json must be a name without folders; received"):
        load_team(tmp_path / "team")


def test_only_parameters_and_buffers_can_be_tied(tmp_path, trained):
    agent = Run.load(trained).team.agents[0]
    save_agent(tmp_path / "agent", agent)
    structure = json.loads((tmp_path / "agent" / "graph.json").read_text())
    module = next(iter(structure["modules"]))
    for leaf in ("__class__", "forward", "training", "_parameters"):
        changed = structure | {"tied": {f"{module}.{leaf}": f"{module}.{leaf}"}}
        (tmp_path / "agent" / "graph.json").write_text(json.dumps(changed))
        with pytest.raises(ValueError, match="must be a parameter or a buffer; received"):
            load_agent(tmp_path / "agent")


def test_sizes_are_compared_before_anything_is_built(tmp_path, trained):
    agent = Run.load(trained).team.agents[0]
    save_agent(tmp_path / "agent", agent)
    graph = tmp_path / "agent" / "graph.json"
    text = graph.read_text()
    assert "8" in text
    for size in ("800000000", str(10**30)):
        graph.write_text(text.replace(" 8", f" {size}"))
        with pytest.raises(
            ValueError, match=r"must be those of this structure|a graph that can be built|A saved graph must have"
        ):
            load_agent(tmp_path / "agent")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_are_finite(tmp_path, trained, value):
    save_agent(tmp_path / "agent", Run.load(trained).team.agents[0])
    weights = tmp_path / "agent" / "model.safetensors"
    tensors = safetensors.torch.load_file(weights)
    first = next(iter(tensors))
    tensors[first] = torch.full_like(tensors[first], value)
    safetensors.torch.save_file(tensors, weights)
    with pytest.raises(ValueError, match=r"All weights in .* must be finite; received"):
        load_agent(tmp_path / "agent")


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a": NaN}', "1" * 5000, '{"a": 1', "\xff"])
def test_json_that_cannot_be_read_is_one_clear_error(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match=r"x\.json must"):
        files.read_json(tmp_path / "x.json")


def test_files_larger_than_the_limit_are_not_read(tmp_path, monkeypatch):
    (tmp_path / "x.json").write_text('{"a": "' + 100 * "x" + '"}')
    monkeypatch.setattr(files, "MAX_JSON", 50)
    with pytest.raises(ValueError, match=r"at most 50 bytes; received 109"):
        files.read_json(tmp_path / "x.json")


def test_only_one_process_writes_a_run(run, capsys):
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold_lock, args=(run, held, done))
    (run / "result.json").unlink()
    other.start()
    try:
        assert held.wait(60)
        with pytest.raises(
            ValueError, match=f"The run .* cannot be written to by two processes at once; received 'process {other.pid}"
        ):
            resume(run)
    finally:
        done.set()
        other.join()
    assert resume(run).result["updates"] == 4
    assert (run / LOCK).exists()


def test_a_run_that_was_killed_while_it_was_created_starts_anew(tmp_path, monkeypatch):
    out = tmp_path / "run"

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("interlect.training.run_folders.run_folder.write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            train(Dial(GAME, **SMALL), out)
    assert (out / "checkpoints" / "0").is_dir()
    with pytest.raises(ValueError, match=r"which has only begun.*Use the same `interlect train` again"):
        RunFolder.open(out)
    assert train(Dial(GAME, **SMALL), out).result["updates"] == 4


def test_a_folder_that_is_moved_during_a_run_stops_it(tmp_path):
    out, moved = tmp_path / "run", tmp_path / "moved"

    def callback(updates, row):
        if updates == 3:
            out.rename(moved)

    with pytest.raises(OSError, match=r"removed during the run\. .* Put the folder back, then run `interlect re"):
        train(Dial(GAME, **SMALL), out, callback)
    assert not out.exists()
    moved.rename(out)
    assert resume(out).result["updates"] == 4


def test_links_to_runs_elsewhere_are_not_followed(tmp_path):
    train_seeds(Dial(GAME, **SMALL), [0, 1], tmp_path / "runs")
    shutil.move(tmp_path / "runs" / "seed-0", tmp_path / "outside")
    (tmp_path / "runs" / "seed-0").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "result.json").unlink()
    with pytest.raises(ValueError, match="seed-0"):
        resume_seeds(tmp_path / "runs")
    assert not (tmp_path / "outside" / "result.json").exists()


def test_own_files_among_the_runs_of_seeds_are_not_overwritten(tmp_path):
    settings = Dial(GAME, **SMALL)
    train_seeds(settings, [0, 1], tmp_path / "runs")
    for name in ("seed-notes.txt", "draft.tmp", "seed-0/notes.txt"):
        mine = tmp_path / "runs" / name
        mine.write_text("mine")
        with pytest.raises(ValueError, match=r"Move your own files elsewhere"):
            train_seeds(settings, [0, 1], tmp_path / "runs", existing="overwrite")
        mine.unlink()


@pytest.mark.parametrize("seed", [2**63, 2**64 - 1])
def test_the_largest_seeds_can_be_read_back(tmp_path, seed):
    train(Dial(GAME, seed=seed, **SMALL), tmp_path / "run")
    assert resume(tmp_path / "run").result["seed"] == seed
