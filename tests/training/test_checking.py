"""``interlect check``: each part of a folder, with what is wrong with it, and the exit status."""

import json
import os
import shutil

import pytest
from damage import reseal
from interlect.agents import save_team
from interlect.training import Dial, Run, ValueRegression, train
from interlect.training.command_line.main import main
from interlect.training.runs.checking import check_folder
from interlect.training.runs.seeds import train_seeds

SMALL = {"updates": 4, "batch": 4, "width": 8, "evaluate_every": 2, "checkpoint_every": 2}
PARTS = [
    "files",
    "config.json",
    "metrics.jsonl",
    "checkpoints/2",
    "checkpoints/4",
    "checkpoints (the newest)",
    "result.json",
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train(Dial("switch_riddle_v0", **SMALL), tmp_path_factory.mktemp("trained") / "run").path


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "run")


def damaged(folder):
    return {part.name: part.problem for part in check_folder(folder) if part.problem}


def test_a_complete_run(run, capsys):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    assert [part.name for part in check_folder(run)] == PARTS
    assert damaged(run) == {}
    assert main(["check", str(run)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"ok       {name}" for name in PARTS]
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


def replace(path, old, new):
    path.write_text(path.read_text().replace(old, new, 1))


@pytest.mark.parametrize(
    ("damage", "part", "says"),
    [
        (lambda r: (r / "result.json").unlink(), "result.json", "Continue with `interlect resume"),
        (lambda r: replace(r / "result.json", '"seed": 0', '"seed": 1'), "result.json", "seed in result.json must be"),
        (lambda r: replace(r / "metrics.jsonl", '"updates": 4', '"updates": 3'), "metrics.jsonl", "row of update 4"),
        (lambda r: replace(r / "metrics.jsonl", '"loss"', '"los"'), "metrics.jsonl", "Line 1 of .* must have loss"),
        (lambda r: (r / "metrics.jsonl").unlink(), "metrics.jsonl", "must have a row of update 2"),
        (lambda r: (r / "checkpoints/2/counters.json").unlink(), "checkpoints/2", "other contents of counters.json"),
        (lambda r: replace(r / "config.json", '"structure"', '"x"'), "config.json", "config.json must have structure"),
        (lambda r: (r / "link").symlink_to("/"), "files", "must contain only regular files"),
        (lambda r: (r / "study.json").write_text("{}"), "study.json", "must have failed, metrics, population"),
        (lambda r: (r / "report.html").mkdir(), "report.html", "must be a regular file"),
        (lambda r: os.link(r / ".lock", r.parent / "other"), "files", r"\.lock must be a regular file with no oth"),
    ],
)
def test_a_damaged_part_is_named(run, capsys, damage, part, says):
    damage(run)
    problems = damaged(run)
    assert part in problems
    assert main(["check", str(run)]) == 1
    out = capsys.readouterr().out
    (line,) = [line for line in out.splitlines() if line.startswith(f"damaged  {part}: ")]
    with pytest.raises(ValueError, match=says):
        raise ValueError(line)
    assert out.splitlines()[-1].startswith(
        f"Error: {run} must be complete and undamaged; received 'damaged or missing: "
    )


def test_teams_agents_and_other_folders(run, tmp_path):
    save_team(tmp_path / "team", Run.load(run).team)
    assert [part.name for part in check_folder(tmp_path / "team")] == ["files", "team.json", "agent_0"]
    agent = tmp_path / "team" / "agent_0"
    assert damaged(tmp_path / "team") == damaged(agent) == {}
    graph = json.loads((agent / "graph.json").read_text())
    (agent / "graph.json").write_text(json.dumps(graph | {"inputs": 3}))
    assert "graph.json: A saved graph: inputs must be an object; received 3" in damaged(agent).popitem()[1]
    assert sorted(damaged(tmp_path / "team")) == ["agent_0", "team.json"]
    with pytest.raises(ValueError, match=r"must contain seeds\.json, config\.json, team\.json or graph\.json"):
        check_folder(tmp_path)


def test_a_team_of_another_game_whose_hashes_were_made_to_fit(run, tmp_path):
    other = train(ValueRegression("relay_v0", agents=3, **SMALL), tmp_path / "other").path
    for number in ("2", "4"):
        shutil.rmtree(run / "checkpoints" / number / "team")
        shutil.copytree(other / "checkpoints" / number / "team", run / "checkpoints" / number / "team")
    reseal(run)
    assert "must be able to play switch_riddle_v0" in damaged(run)["checkpoints (the newest)"]
    with pytest.raises(ValueError, match="must be able to play switch_riddle_v0 with 3 agents; received"):
        Run.load(run)


def test_several_seeds(tmp_path):
    train_seeds(Dial("switch_riddle_v0", **SMALL), [3, 5], tmp_path / "seeds")
    names = [part.name for part in check_folder(tmp_path / "seeds")]
    assert names == ["files", "seeds.json", *(f"seed-{s}/{p}" for s in (3, 5) for p in PARTS), "aggregate.json"]
    assert damaged(tmp_path / "seeds") == {}
    shutil.rmtree(tmp_path / "seeds" / "seed-5")
    (tmp_path / "seeds" / "aggregate.json").unlink()
    assert {"seed-5/files", "aggregate.json"} <= damaged(tmp_path / "seeds").keys()
