"""A setting without effect is refused unless it has its default value; so are scales and temperatures of 0."""

from dataclasses import fields

import pytest
from interlect.protocols.common.errors import naming_flags
from interlect.training import Classification, Dial, Rial, SenderReceiver, Supervised, ValueRegression
from interlect.training.command_line.main import main
from interlect.training.recipes.table import recipes

RELAY, OBJECTS, RIDDLE = "relay_v0", "referential_v0", "switch_riddle_v0"
TINY = ["--updates", "2", "--batch", "8", "--width", "8"]
PICTURES = {"task": "discriminate", "objects": "digits"}
DRAWN = {"carrier": "sampled", "credit": "blocked"}


@pytest.mark.parametrize(
    ("recipe", "game", "given", "says"),
    [
        (
            SenderReceiver,
            OBJECTS,
            {"carrier": "sampled", "straight_through": True},
            "straight-through .*carrier sampled",
        ),
        (
            SenderReceiver,
            OBJECTS,
            {"carrier": "sampled", "temperature": 0.5},
            "temperature .*carrier sampled; received 0.5",
        ),
        (
            SenderReceiver,
            OBJECTS,
            {"entropy": 0.2},
            "entropy must not be set, as it has no effect with --carrier gumbel; received 0.2",
        ),
        (
            SenderReceiver,
            OBJECTS,
            {"candidates": 3},
            "candidates must not be set, as it has no effect with --task reconstruct; received 3",
        ),
        (
            SenderReceiver,
            OBJECTS,
            PICTURES | {"attributes": 3},
            "attributes must not be set, as it has no effect with --objects digits",
        ),
        (
            SenderReceiver,
            OBJECTS,
            PICTURES | {"values": 5},
            "values must not be set, as it has no effect with --objects digits",
        ),
        (
            SenderReceiver,
            OBJECTS,
            PICTURES | {"holdout": "values"},
            "holdout must not be set, as it has no effect with --objects digits",
        ),
        (SenderReceiver, OBJECTS, {"holdout_share": 0.0, "split_seed": 1}, "split-seed .*with --holdout-share 0"),
        (
            SenderReceiver,
            OBJECTS,
            {"holdout": "values", "split_seed": 1},
            "split-seed must not be set, as it has no effect with --holdout values",
        ),
        (
            Dial,
            RIDDLE,
            {"vocabulary": 4},
            "vocabulary must not be set, as it has no effect with --carrier bit; received 4",
        ),
        (
            Dial,
            RIDDLE,
            {"carrier": "gumbel", "sigma": 1.0},
            "sigma must not be set, as it has no effect with --carrier gumbel",
        ),
        (
            Dial,
            RIDDLE,
            {"target_entropy": 0.3},
            "target-entropy must not be set, as it has no effect with --positive-signaling-weight 0",
        ),
        (Dial, RIDDLE, {"rate": 0.2}, "rate .*with --link perfect; received 0.2. Remove it, or choose ano"),
        (Rial, RIDDLE, {"rate": 0.2}, "rate must not be set, as it has no effect with --link perfect"),
        (Rial, RIDDLE, {"bootstrap": "return", "target_interval": 9}, "target-interval .*--bootstrap return"),
        (
            ValueRegression,
            RELAY,
            {"carrier": "numbers", "vocabulary": 4},
            "vocabulary must not be set, as it has no effect with --carrier numbers",
        ),
        (ValueRegression, RELAY, {"sigma": 1.0}, "sigma must not be set, as it has no effect with --carrier gumbel"),
        (
            ValueRegression,
            RELAY,
            {"carrier": "quantized", "scale": 2.0},
            "scale must not be set, as it has no effect with --carrier quantized",
        ),
        (Supervised, RELAY, DRAWN | {"final_temperature": 1.0}, "final-temperature .*with --carrier sampled"),
        (
            Classification,
            "digits_v0",
            {"blocks": 0, "order": "random"},
            "order must not be set, as it has no effect with --blocks 0",
        ),
    ],
)
def test_a_setting_without_effect_is_refused(recipe, game, given, says):
    with naming_flags(), pytest.raises(ValueError, match=f"--{says}"):
        recipe(game, **given)


@pytest.mark.parametrize(
    ("recipe", "game", "given"),
    [
        (SenderReceiver, OBJECTS, {"carrier": "sampled", "temperature": 1.0, "straight_through": False}),
        (SenderReceiver, OBJECTS, {"carrier": "sampled", "entropy": 0.2}),
        (SenderReceiver, OBJECTS, PICTURES | {"candidates": 3}),
        (Dial, RIDDLE, {"link": "flip", "rate": 0.2}),
        (Dial, RIDDLE, {"rate": 0.1}),
        (Dial, RIDDLE, {"carrier": "gumbel", "vocabulary": 4}),
        (ValueRegression, RELAY, {"carrier": "bits", "sigma": 1.0, "vocabulary": 8}),
    ],
)
def test_a_setting_with_an_effect_or_its_default_is_accepted(recipe, game, given):
    settings = recipe(game, **given)
    assert all(getattr(settings, name) == value for name, value in given.items())


def test_every_rule_names_settings_of_its_recipe():
    for recipe in recipes().values():
        known = {field.name for field in fields(recipe)}
        for rule in recipe.inactive:
            assert {rule.other, *rule.names} <= known


@pytest.mark.parametrize(
    ("recipe", "game", "given"),
    [
        (SenderReceiver, OBJECTS, {"scale": 0.0}),
        (SenderReceiver, OBJECTS, {"temperature": 0.0}),
        (ValueRegression, RELAY, {"scale": 0.0}),
        (ValueRegression, RELAY, {"final_temperature": 0.0}),
    ],
)
def test_scales_and_temperatures_are_positive(recipe, game, given):
    (name,) = given
    with pytest.raises(ValueError, match=rf"{name} must be above 0; received 0\.0\. Set {name}"):
        recipe(game, **given)


def test_the_command_line_refuses_before_anything_is_written(tmp_path, capsys):
    out = tmp_path / "run"
    words = ["--carrier", "sampled", "--straight-through", *TINY, "--out", str(out)]
    assert main(["train", "sender_receiver", OBJECTS, *words]) == 1
    said = capsys.readouterr().out
    assert (
        "--straight-through must not be set, as it has no effect with --carrier sampled; received True. Remove it"
        in said
    )
    assert not out.exists()
