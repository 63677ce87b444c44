"""Run folders with missing, damaged or foreign files: errors say what is wrong, and no result is of another run."""

import json
import re
import shutil

import pytest
import torch
from damage import reseal
from interlect.protocols.common.files import write_json
from interlect.training import Dial, Run, resume, train
from interlect.training.command_line.main import main
from interlect.training.reports.run_report import study_run
from interlect.training.run_folders.run_folder import RunFolder

GAME = "switch_riddle_v0"
SMALL = {"updates": 24, "batch": 8, "width": 8, "evaluate_every": 8, "checkpoint_every": 8}


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return {shared: train(Dial(GAME, shared=shared, **SMALL), folder / str(shared)).path for shared in (True, False)}


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained[True], tmp_path / "run")


def says(capsys, *words):
    """The output of a command that fails, on one line."""
    assert main([str(word) for word in words]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "Traceback" not in said
    assert "Errno" not in said
    return said


def without_newest(run):
    shutil.rmtree(run / "checkpoints" / "24")
    return run


def test_a_report_describes_the_checkpoint_that_is_studied(run):
    result = json.loads((run / "result.json").read_text())
    (run / "result.json").write_text(json.dumps(result | {"normalized_return": 0.98765, "return_mean": 0.7654}))
    page = study_run(without_newest(run))[1].read_text()
    assert "stopped at update 16" in page
    assert "0.9877" not in page
    assert "0.7654" not in page
    heading = float(re.search(r"per episode, (-?[\d.]+) of what the oracle", page)[1])
    table = float(re.search(r">normal</th><td>[^<]*</td><td[^>]*>(-?[\d.]+)", page)[1])
    assert heading == table
    assert "The curve ends after 16 updates" in page


def test_a_run_without_its_last_checkpoint_has_no_result(run):
    with pytest.raises(
        ValueError,
        match=r"checkpoint, which is that of update 16; received 'update 24'. Continue with `interlect resume",
    ):
        Run.load(without_newest(run))
    assert resume(run).result["updates"] == 24


def test_a_config_with_another_number_of_agents(run, capsys):
    config = json.loads((run / "config.json").read_text())
    config["settings"]["agents"] = 4
    (run / "config.json").write_text(json.dumps(config))
    for command in ("evaluate", "study", "resume"):
        assert "must belong to this run; received" in says(capsys, command, run)


def test_a_team_of_another_run(run, trained, capsys):
    shutil.rmtree(run / "checkpoints" / "24" / "team")
    shutil.copytree(trained[False] / "checkpoints" / "24" / "team", run / "checkpoints" / "24" / "team")
    assert main(["evaluate", str(run)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Warning: The files of the checkpoint" in said
    assert "other contents of team/" in said
    assert "The checkpoint of update 16 is used." in said


@pytest.mark.parametrize("command", ["evaluate", "study", "resume"])
def test_no_checkpoints(run, capsys, command):
    shutil.rmtree(run / "checkpoints")
    assert "A run must have a checkpoint; received 'none in" in says(capsys, command, run)


READ = [
    ("counters.json", "study"),
    ("counters.json", "resume"),
    ("team/team.json", "evaluate"),
    ("team/team.json", "study"),
]


@pytest.mark.parametrize(("file", "command"), READ)
@pytest.mark.parametrize("content", ["[]", "{}", "3"])
def test_a_checkpoint_of_foreign_json(run, capsys, file, content, command):
    for number in ("16", "24"):
        (run / "checkpoints" / number / file).write_text(content)
    assert f"other contents of {file}" in says(capsys, command, run)


@pytest.mark.parametrize(
    "content", ["[]", "{}", "3", '{"settings": 3}', '{"settings": {"recipe": []}}', '{"settings": "a"}']
)
def test_a_foreign_config(run, capsys, content):
    (run / "config.json").write_text(content)
    for command in ("evaluate", "study", "resume"):
        assert "config.json" in says(capsys, command, run)


def test_a_foreign_result_or_curve(run, capsys):
    (run / "result.json").write_text("[]")
    with pytest.raises(ValueError, match=r"result.json must be an object; received \[\]"):
        Run.load(run)
    rows = (run / "metrics.jsonl").read_text()
    (run / "metrics.jsonl").write_text("[]\n3\n")
    for command in ("study", "resume"):
        assert "metrics.jsonl must be an object; received []. Restore the file" in says(capsys, command, run)
    (run / "metrics.jsonl").write_text(rows)
    assert main(["study", str(run)]) == 0
    assert main(["resume", str(run)]) == 0
    assert Run.load(run).result["updates"] == 24


@pytest.mark.parametrize("content", ["[]", '{"settings": {}, "seeds": 3}', '{"settings": {}, "seeds": [0, 0]}'])
def test_a_foreign_plan_of_seeds(tmp_path, capsys, content):
    (tmp_path / "seeds.json").write_text(content)
    assert "received" in says(capsys, "resume", tmp_path)


@pytest.mark.parametrize("several", [[], ["--seeds", "0-1"]])
def test_a_file_in_place_of_a_folder(tmp_path, capsys, several):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "run"):
        said = says(capsys, "train", "dial", GAME, "--updates", "2", *several, "--out", out)
        assert "A run must be written to a folder; received 'the file" in said
        assert "resume" not in said
    assert "A new run needs an empty or new folder" in says(capsys, "train", "dial", GAME, *several, "--out", tmp_path)


def damages(checkpoint):
    """Every file of a checkpoint, missing or cut short, and the checkpoint without any of them."""
    for file in sorted(path.relative_to(checkpoint) for path in checkpoint.rglob("*") if path.is_file()):
        yield f"{file} missing", lambda newest, file=file: (newest / file).unlink()
        yield (
            f"{file} cut short",
            lambda newest, file=file: (newest / file).write_bytes((newest / file).read_bytes()[:9]),
        )
    yield "empty", lambda newest: (shutil.rmtree(newest), newest.mkdir())


def test_damaged_checkpoints_are_kept_and_the_one_before_continues_exactly(trained, tmp_path, capsys):
    whole = Run.load(trained[True])
    expected = [parameter for agent in whole.team.agents for parameter in agent.parameters()]
    for number, (damage, apply) in enumerate(damages(trained[True] / "checkpoints" / "24")):
        run = shutil.copytree(trained[True], tmp_path / f"run-{number}")
        newest = run / "checkpoints" / "24"
        apply(newest)
        kept = {path.relative_to(newest): path.read_bytes() for path in newest.rglob("*") if path.is_file()}
        capsys.readouterr()
        for command in ("evaluate", "resume"):
            assert main([command, str(run)]) == 0, damage
            assert "The checkpoint of update 16 is used." in " ".join(capsys.readouterr().out.split()), damage
        found = [parameter for agent in Run.load(run).team.agents for parameter in agent.parameters()]
        assert all(torch.equal(one, two) for one, two in zip(expected, found, strict=True)), damage
        (aside,) = (run / "checkpoints").glob("24.damaged-*")
        assert {path.relative_to(aside): path.read_bytes() for path in aside.rglob("*") if path.is_file()} == kept


HUGE = [1e308, -1e308, 1e101, 10**200]
"""Numbers whose squares or sums are not finite."""


@pytest.mark.parametrize("value", HUGE)
@pytest.mark.parametrize("name", ["normalized_return", "return_mean", "standard_error", "value"])
def test_huge_numbers_in_a_result(run, tmp_path, capsys, name, value):
    """The result is computed again from the team, as if it were missing."""
    (tmp_path / "seeds").mkdir()
    seed = shutil.copytree(run, tmp_path / "seeds" / "seed-0")
    write_json(tmp_path / "seeds" / "seeds.json", {"seeds": [0], "settings": RunFolder.open(run).settings().to_json()})
    expected = (seed / "result.json").read_text()
    result = json.loads(expected)
    (result["oracle"] if name == "value" else result)[name] = value
    (seed / "result.json").write_text(json.dumps(result))
    with pytest.raises(ValueError, match=rf"result\.json: .*{name} must be a number from -1e\+100 to 1e\+100"):
        Run.load(seed)
    assert re.search(rf"result\.json: .*{name} must be a number from -1e\+100", says(capsys, "check", seed))
    assert main(["resume", str(tmp_path / "seeds")]) == 0
    assert json.loads((seed / "result.json").read_text())["return_mean"] == json.loads(expected)["return_mean"]


@pytest.mark.parametrize("value", HUGE)
@pytest.mark.parametrize("name", ["loss", "return_mean", "normalized_return"])
def test_huge_numbers_in_a_row(run, capsys, name, value):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    lines[0] = json.dumps(json.loads(lines[0]) | {name: value})
    (run / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))
    for command in ("check", "study", "resume"):
        said = says(capsys, command, run)
        assert re.search(rf"Line 1 of .*metrics\.jsonl: {name} must be a number from -1e\+100", said), said


def test_counters_of_another_seed_whose_hashes_were_made_to_fit(run, capsys):
    (run / "result.json").unlink()
    shutil.rmtree(run / "checkpoints" / "24")
    counters = run / "checkpoints" / "16" / "counters.json"
    content = json.loads(counters.read_text())
    counters.write_text(json.dumps(content | {"game": content["game"] | {"seed": 7}}))
    reseal(run)
    assert "random numbers of seed 0; received 'seed 7'. Use a checkpoint of this run." in says(capsys, "resume", run)


@pytest.mark.parametrize(("part", "value"), [("credit", "blocked"), ("sigma", 0.5)])
def test_a_channel_of_other_settings_whose_hashes_were_made_to_fit(run, capsys, part, value):
    (run / "result.json").unlink()
    for number in ("16", "24"):
        path = run / "checkpoints" / number / "team" / "team.json"
        content = json.loads(path.read_text())
        (content["channel"] if part == "credit" else content["channel"]["carrier"][1])[part] = value
        path.write_text(json.dumps(content))
    reseal(run)
    assert "must be that of its settings; received" in says(capsys, "resume", run)
