"""What the comparison of two commits lets pass, and what it finds: on folders of a few numbers."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from same_numbers import compare_folders, expected_differences

WEIGHTS = {"see.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "see.bias": np.array([np.nan, 1.0])}
VALUES = {
    "normalized_return": 0.1,
    "seed": 3,
    "exact": True,
    "none": None,
    "curve": [1.0, 2.0],
    "how": "all",
    "seconds": 4.0,
}


def case(folder, values=VALUES, weights=WEIGHTS, file="result.json", error=None):
    folder.mkdir(parents=True)
    (folder / "case.txt").write_text("")
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(json.dumps(values))
    save_file(dict(weights), folder / "team.safetensors")
    np.savez(folder / "played.npz", **weights)
    (folder / "metrics.jsonl").write_text(
        "".join(json.dumps({"loss": step / 3, "step": step}) + "\n" for step in (1, 2))
    )
    if error:
        (folder / "error.txt").write_text(error)


def compared(tmp_path, **after):
    case(tmp_path / "before" / "group" / "one")
    case(tmp_path / "after" / "group" / "one", **after)
    return compare_folders(tmp_path / "before", tmp_path / "after")


def test_equal_folders_are_equal(tmp_path):
    found = compared(tmp_path)
    assert (found.differences, found.renamed, found.texts) == ([], [], [])
    assert found.equal == 7 + 2 * len(WEIGHTS) + 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("normalized_return", 0.1 + 2**-56),
        ("normalized_return", float("nan")),
        ("seed", 3.0),
        ("seed", "3"),
        ("exact", 1),
        ("none", 0),
        ("curve", [2.0, 1.0]),
        ("curve", [1.0]),
        ("curve", [1.0, 2.0, 2.0]),
        ("how", 1),
    ],
)
def test_a_changed_number_is_found(tmp_path, name, value):
    found = compared(tmp_path, values=VALUES | {name: value})
    assert found.differences
    assert all(path.startswith(f"group/one/result.json:{name}") for path, _ in found.differences)


def test_numbers_that_change_places_under_the_same_names_are_found(tmp_path):
    found = compared(tmp_path, values=VALUES | {"normalized_return": 3, "seed": 0.1})
    assert {path.split(":")[1] for path, _ in found.differences} == {"normalized_return", "seed"}


def test_signs_of_zero_and_nan(tmp_path):
    case(tmp_path / "before" / "c", {"zero": 0.0, "nan": float("nan")})
    case(tmp_path / "after" / "c", {"zero": -0.0, "nan": float("nan")})
    found = compare_folders(tmp_path / "before", tmp_path / "after")
    assert found.differences == [("c/result.json:zero", "0.0 -> -0.0")]


def test_a_renamed_key_passes_and_is_reported(tmp_path):
    values = {("points" if name == "curve" else name): value for name, value in VALUES.items()}
    found = compared(tmp_path, values=values)
    assert found.differences == []
    assert found.renamed == [("group/one", "result.json:curve.*", "result.json:points.*", 2)]


def test_a_renamed_key_whose_number_changed_is_found(tmp_path):
    values = {name: value for name, value in VALUES.items() if name != "normalized_return"} | {"worth": 0.2}
    found = compared(tmp_path, values=values)
    assert [(path.split(":")[1], why) for path, why in found.differences] == [
        ("normalized_return", "0.1 only before"),
        ("worth", "0.2 only after"),
    ]


def test_a_renamed_file_and_renamed_weights_pass(tmp_path):
    weights = {name.replace("see", "eye"): value for name, value in WEIGHTS.items()}
    found = compared(tmp_path, weights=weights, file="results/result.json")
    assert found.differences == []
    said = [(old, new) for _, old, new, _ in found.renamed]
    assert ("team.safetensors:see.weight", "team.safetensors:eye.weight") in said
    assert ("result.json:normalized_return", "results/result.json:normalized_return") in said


@pytest.mark.parametrize("change", ["value", "missing", "dtype", "shape"])
def test_an_array_that_is_not_the_same_is_found(tmp_path, change):
    weights = dict(WEIGHTS)
    old = weights.pop("see.weight")
    if change == "value":
        weights["see.weight"] = old + np.float32(1e-6) * (old == 1)
    elif change != "missing":
        weights["see.weight"] = old.astype(np.float64) if change == "dtype" else old.reshape(3, 2)
    found = compared(tmp_path, weights=weights)
    files = {path.split("/")[-1] for path, _ in found.differences}
    assert files == {"team.safetensors:see.weight", "played.npz:see.weight"}


def test_zeros_of_another_type_are_found(tmp_path):
    for side, kind in {"before": np.float32, "after": np.int32}.items():
        case(tmp_path / side / "c", weights={"zeros": np.zeros(3, dtype=kind)})
    assert len(compare_folders(tmp_path / "before", tmp_path / "after").differences) == 2


def test_texts_are_counted_and_times_are_not_compared(tmp_path):
    found = compared(tmp_path, values=VALUES | {"how": "every one", "seconds": 5.0})
    assert found.differences == []
    assert found.texts == ["group/one/result.json:how: 'all' -> 'every one'"]


def test_an_error_fails_on_one_side_and_on_both(tmp_path):
    found = compared(tmp_path, error="Traceback\nValueError: no")
    assert found.differences == [("group/one", "failed after: ValueError: no")]
    for side in ("before", "after"):
        case(tmp_path / "both" / side / "c", error="KeyError: 1")
    both = compare_folders(tmp_path / "both" / "before", tmp_path / "both" / "after").differences
    assert [why for _, why in both] == ["failed after: KeyError: 1", "failed before: KeyError: 1"]


def test_a_case_on_one_side_and_no_cases_at_all_fail(tmp_path):
    case(tmp_path / "after" / "new")
    (tmp_path / "before").mkdir()
    assert compare_folders(tmp_path / "before", tmp_path / "after").differences == [("new", "no such case before")]
    assert compare_folders(tmp_path / "before", tmp_path / "before").differences


def test_expected_differences_have_reasons_and_are_seen(tmp_path):
    file = tmp_path / "expected.txt"
    file.write_text("# about\n*:normalized_return  # it was wrong\n*:never  # gone\n")
    found = compared(tmp_path, values=VALUES | {"normalized_return": 0.2})
    assert found.unexpected(expected_differences(file)) == ([], ["*:never"])
    assert len(found.unexpected({})[0]) == 1
    file.write_text("*:score\n")
    with pytest.raises(ValueError, match="has no reason"):
        expected_differences(file)
