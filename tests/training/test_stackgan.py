"""StackGAN: modules, losses, stages, and a painter whose caption is a sender's message."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import Agent, load_team, save_team
from interlect.agents.architectures.sender_receiver import sender
from interlect.agents.generators.convolutional import Enlarge, PictureDecoder, PictureEncoder, PictureRefiner, shrink
from interlect.agents.generators.described import Words, describing_painter
from interlect.agents.generators.text import CaptionEncoder, ConditioningAugmentation, kl_to_standard_normal, normal
from interlect.agents.operators import exclude
from interlect.envs.forgery.shapes import Shapes
from interlect.protocols import Symbols
from interlect.training import Run, evaluate_team, resume, train
from interlect.training.adversarial.gan import GAN
from interlect.training.adversarial.gap import GAP
from interlect.training.adversarial.mismatched_captions import mismatch_loss, mismatched_captions
from interlect.training.adversarial.objectives import critic_loss, inconsistency
from interlect.training.adversarial.sgan import SGAN
from interlect.training.adversarial.stackgan import StackGAN
from interlect.training.command_line.commands import show_evaluation
from interlect.training.recipes.table import make_learner
from interlect.training.reports.run_report import study_run
from torch.distributions import Normal, kl_divergence

TINY = StackGAN("forgery_v0", updates=4, first_stage=0.5, batch=8, width=8, noise=6, augmentation=3, evaluate_every=2)
SEEDS = st.integers(0, 2**31)
FIRST = {"text_encoder", "conditioning", "from_condition", "from_noise", "stage_1"}


@given(SEEDS)
def test_the_divergence_is_that_of_torch(seed: int) -> None:
    mean, log_deviation = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(seed))
    expected = kl_divergence(Normal(mean, log_deviation.exp()), Normal(0.0, 1.0)).sum(1).mean()
    torch.testing.assert_close(kl_to_standard_normal(mean, log_deviation), expected)


def test_uniform_noise_becomes_normal() -> None:
    uniform = torch.linspace(-1, 1, 20001)[:-1]
    expected = Normal(0.0, 1.0).icdf(((uniform + 1) / 2).clamp(1e-6, 1))
    torch.testing.assert_close(normal(uniform)[1:], expected[1:], rtol=1e-3, atol=1e-3)
    assert torch.isfinite(normal(torch.tensor([-1.0, 1.0]))).all()


def test_a_condition_that_is_not_random_is_the_mean() -> None:
    torch.manual_seed(0)
    module, x, noise = ConditioningAugmentation(4, 3), torch.randn(6, 4), torch.rand(6, 3)
    out, mean, log_deviation = module(x, noise)
    torch.testing.assert_close(out, mean + log_deviation.exp() * normal(noise))
    fixed = ConditioningAugmentation(4, 3, random=False)
    fixed.load_state_dict(module.state_dict())
    out, same, zero = fixed(x, noise)
    torch.testing.assert_close(out, mean)
    torch.testing.assert_close(same, mean)
    assert not zero.any()


def test_words_after_the_end_of_a_caption_change_nothing() -> None:
    torch.manual_seed(0)
    short, long = CaptionEncoder(2, 5, 6), CaptionEncoder(4, 5, 6)
    long.load_state_dict(short.state_dict())
    words = torch.eye(5)[torch.tensor([[1, 3], [2, 2]])].flatten(1)[:, None]
    torch.testing.assert_close(long(torch.cat([words, torch.zeros(2, 1, 10)], 2)), short(words))


@pytest.mark.parametrize("side", [8, 16, 32])
def test_convolutional_modules_have_the_shapes_of_pictures(side: int) -> None:
    shape, x = (3, side, side), torch.randn(2, 5)
    picture = PictureDecoder(5, shape, 8)(x)
    assert picture.shape == (2, 3 * side * side)
    assert PictureEncoder(shape, 8)(picture).shape == (2, 8 * 16)
    torch.testing.assert_close(PictureRefiner(shape, 5, 4)(picture, x), picture)
    torch.testing.assert_close(PictureRefiner(shape, 0, 4)(picture), picture)
    large = Enlarge(shape)(picture)
    assert shrink(large, (3, 2 * side, 2 * side)).shape == picture.shape


def test_the_input_of_a_decoder_scales_the_channels_of_each_layer() -> None:
    decoder, x = PictureDecoder(1, (1, 8, 8), 4), torch.ones(1, 1)
    torch.nn.init.zeros_(decoder.last.bias)
    plain = decoder(x)
    torch.nn.init.ones_(decoder.scales[1].bias)
    torch.testing.assert_close(decoder(x), 2 * plain)
    torch.nn.init.constant_(decoder.scales[1].weight, -2.0)
    torch.testing.assert_close(decoder(x), 0 * plain)


@pytest.mark.parametrize("second_condition", [False, True])
def test_the_second_stage_receives_the_condition_only_if_it_is_to(second_condition: bool) -> None:
    learner = make_learner(replace(TINY, second_condition=second_condition))
    for _ in range(4):
        learner.update()
    painter = learner.painter.eval()
    stage, condition = painter.graph.modules["stage_2"], torch.randn(2, 1, 3)
    assert ("condition" in stage.inputs) == second_condition
    assert (
        any(wire.receiver == "stage_2" and wire.sender != "enlarged" for wire in painter.graph.wires)
        == second_condition
    )
    if second_condition:
        picture = torch.randn(1, 3 * 32 * 32)
        assert not torch.allclose(stage(picture, condition[0]), stage(picture, condition[1]))


@pytest.mark.parametrize("shape", [(3, 12, 12), (3, 8, 16), (1, 4, 4), (1, 0, 0)])
def test_pictures_of_other_sizes_are_refused(shape: tuple[int, int, int]) -> None:
    for build in (lambda: PictureDecoder(5, shape, 8), lambda: PictureEncoder(shape, 8)):
        with pytest.raises(ValueError, match=f"must be equal, and 8.*received '{shape[1]} x {shape[2]}'"):
            build()


@given(SEEDS)
def test_shrinking_averages_and_enlarging_keeps_flat_pictures(seed: int) -> None:
    pictures = torch.rand(2, 3 * 8 * 8, generator=torch.Generator().manual_seed(seed))
    blocks = pictures.reshape(2, 3, 4, 2, 4, 2).mean((3, 5)).flatten(1)
    torch.testing.assert_close(shrink(pictures, (3, 8, 8)), blocks)
    flat = pictures[:, :3].repeat_interleave(64, 1)
    torch.testing.assert_close(Enlarge((3, 8, 8))(flat), pictures[:, :3].repeat_interleave(256, 1))


@given(SEEDS)
def test_mismatched_captions_are_captions_of_other_pictures(seed: int) -> None:
    shapes, rng = Shapes("train"), np.random.default_rng(seed)
    known = torch.from_numpy(shapes.caption_codes())
    kind = torch.from_numpy(rng.integers(shapes.kinds, size=40))
    kind[1] = kind[0]
    caption = known[kind]
    wrong, differ = mismatched_captions(caption, known, 4, rng)
    assert (wrong[:, None] == known).all(2).any(1).all()
    assert torch.equal(differ, (wrong != caption).any(1))
    assert differ.sum() >= 35
    words = (wrong != caption).unflatten(1, (4, -1)).any(2)
    assert words.sum(1).eq(1).sum() >= 5


def test_a_mismatched_caption_without_pictures_is_replaced_by_that_of_the_next_lane() -> None:
    known = torch.tensor([[1.0, 0, 1, 0], [0, 1, 0, 1]])
    wrong, differ = mismatched_captions(known, known, 2, np.random.default_rng(0))
    torch.testing.assert_close(wrong, known.flip(0))
    assert differ.all()


def test_the_mismatch_loss_counts_captions_that_differ() -> None:
    differ, (matching, wrong) = torch.tensor([True, True, False, True]), torch.randn(2, 4)
    expected = critic_loss("non_saturating", matching[[0, 1, 3]], wrong[[0, 1, 3]])
    torch.testing.assert_close(mismatch_loss("non_saturating", matching, wrong, differ), expected)
    assert mismatch_loss("non_saturating", matching, wrong, torch.zeros(4, dtype=torch.bool)).item() == 0


def moved(before: dict, after: dict) -> set[str]:
    """The modules whose parameters differ."""
    return {name.split(".")[0] for name, value in after.items() if not torch.equal(value, before[name])}


@pytest.mark.parametrize("objective", ["relativistic", "non_saturating"])
def test_each_stage_trains_its_own_modules_and_critic(objective: str) -> None:
    learner = make_learner(replace(TINY, objective=objective))
    states = []
    for _ in range(5):
        states.append(
            {name: {k: v.clone() for k, v in net.state_dict().items()} for name, net in learner.networks.items()}
        )
        if len(states) < 5:
            learner.update()
    for update, (before, after) in enumerate(pairwise(states)):
        first = update < 2
        assert moved(before["painter"], after["painter"]) == (FIRST if first else {"stage_2"})
        assert bool(moved(before["first_critic"], after["first_critic"])) == first
        assert bool(moved(before["critic"], after["critic"])) != first


def test_a_painter_of_one_stage_trains_all_modules() -> None:
    learner = make_learner(replace(TINY, stages=1, first_stage=0.8))
    before = {name: value.clone() for name, value in learner.painter.state_dict().items()}
    learner.update()
    assert moved(before, learner.painter.state_dict()) == FIRST
    assert learner.painter.graph.modules["stage_1"].outputs["out"].shape == (3 * 32 * 32,)


def test_without_the_second_stage_the_enlarged_first_picture_is_sent() -> None:
    learner = make_learner(TINY)
    for _ in range(4):
        learner.update()
    painter, observed = learner.team().agents[0], torch.from_numpy(learner.game.reset().observation[:, 0])
    excluded = Agent(exclude(painter.graph, "stage_2").after)
    whole, rest = painter(observed, None)[0], excluded(observed, None)[0]
    torch.testing.assert_close(rest["emit"], Enlarge((3, 16, 16))(whole["first_picture"]), rtol=0, atol=0)
    assert not torch.allclose(whole["emit"], rest["emit"])


def test_a_moved_file_of_pictures_is_named_without_blaming_the_run(tmp_path, monkeypatch) -> None:
    pictures = np.random.default_rng(0).integers(256, size=(20, 16, 16, 3), dtype=np.uint8)
    np.savez(tmp_path / "own.npz", pictures=pictures, captions=np.array(["a cat", "a dog"] * 10))
    monkeypatch.chdir(tmp_path)
    train(replace(TINY, data="own.npz"), "run")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run = Run.load(tmp_path / "run")
    assert evaluate_team(run.settings, run.team)["measures"] == run.result["measures"]
    (tmp_path / "own.npz").rename(tmp_path / "other.npz")
    with pytest.raises(ValueError, match=r"^data must be the path of a file; received .*own\.npz.*Put the file back"):
        evaluate_team(Run.load(tmp_path / "run").settings, run.team)


def save_own(path, value: int = 255) -> str:
    pictures = np.zeros((20, 16, 16, 3), dtype=np.uint8)
    pictures[:, 4:12, 4:12] = value
    np.savez(path, pictures=pictures, captions=np.array(["a cat", "a dog"] * 10))
    return str(path)


def test_a_changed_file_of_pictures_is_noticed(tmp_path) -> None:
    own, out = save_own(tmp_path / "own.npz"), tmp_path / "run"

    def stop(updates: int, row: dict) -> None:
        raise KeyboardInterrupt

    settings = replace(TINY, data=own, checkpoint_every=1)
    with pytest.raises(KeyboardInterrupt):
        train(settings, out, callback=stop)
    save_own(own, 100)
    message = r"own\.npz must have the same content as when the run in .*run began; received .*Put back the file"
    for use in (resume, study_run, lambda path: show_evaluation(path, "normal")):
        with pytest.raises(ValueError, match=message):
            use(out)
    save_own(own)  # the same arrays in a file of another time
    run = resume(out)
    assert run.result["updates"] == 4
    save_own(own, 100)
    with pytest.raises(ValueError, match=message):
        Run.load(out)


def test_a_file_of_pictures_that_changes_in_training_is_noticed_before_the_result(tmp_path) -> None:
    own, out = save_own(tmp_path / "own.npz"), tmp_path / "run"

    def change(updates: int, row: dict) -> None:
        save_own(own, 100)

    with pytest.raises(ValueError, match=r"must have the same content as when the run in .*run began"):
        train(replace(TINY, data=own), out, callback=change)
    assert not (out / "result.json").exists()
    save_own(own)
    assert resume(out).result["updates"] == 4


@pytest.mark.parametrize(
    ("recipe", "condition", "problem"),
    [
        (GAN, "none", None),
        (GAN, "caption", None),
        (GAN, "kind", r"no numbered kinds; received 'condition=\"kind\"'\. Pass condition=\"caption\" or"),
        (GAP, "none", None),
        (GAP, "caption", None),
        (GAP, "kind", r"no numbered kinds; received 'condition=\"kind\"'\. Pass condition=\"caption\" or"),
        (SGAN, "kind", r"sgan needs pictures with numbered kinds.*Pass data=\"digits\".*or use stackgan"),
        (SGAN, "caption", r"sgan needs pictures with numbered kinds"),
        (StackGAN, "kind", r"no numbered kinds; received"),
    ],
)
def test_own_pictures_work_or_are_refused_before_any_work(recipe, condition, problem, tmp_path) -> None:
    own, out = save_own(tmp_path / "own.npz"), tmp_path / "run"
    options = {"data": own, "condition": condition, "updates": 1, "batch": 4, "width": 8}
    if problem is None:
        run = train(recipe("forgery_v0", **options), out)
        assert "frechet_distance" in run.result["measures"]
        assert "<h2>Painted pictures</h2>" in study_run(out)[1].read_text()
        return
    with pytest.raises(ValueError, match=problem):
        train(recipe("forgery_v0", **options), out)
    assert not out.exists()


def test_a_run_resumes_exactly_and_its_team_is_saved(tmp_path) -> None:
    whole = train(TINY, tmp_path / "whole")
    assert {"attribute_accuracy", "color_and_shape_accuracy"} < whole.result["measures"].keys()

    def stop(updates: int, row: dict) -> None:
        if updates == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(replace(TINY, checkpoint_every=2), tmp_path / "part", callback=stop)
    part = resume(tmp_path / "part")
    for a, b in zip(whole.team.agents, part.team.agents, strict=True):
        for name, value in a.state_dict().items():
            assert torch.equal(value, b.state_dict()[name])
    save_team(tmp_path / "team", whole.team)
    painter = load_team(tmp_path / "team").agents[0]
    assert torch.equal(
        painter.state_dict()["stage_2.last.weight"], whole.team.agents[0].state_dict()["stage_2.last.weight"]
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"condition": "none"}, "needs captions or kinds"),
        ({"augmentation": 6}, "augmentation must be less than noise, of which it uses a part; received 6"),
        ({"stages": 3}, "stages must be 1 or 2"),
        ({"first_stage": 1.5}, "first_stage must be"),
        ({"average": 1.0}, "average must be less than 1"),
        ({"agents": 4}, "must have one painter and one critic; received 4.*gap"),
        ({"data": "digits", "condition": "kind"}, "Two stages need pictures of 16 x 16.*8 x 8.*Pass stages=1"),
        ({"data": "ring", "condition": "kind"}, "needs pictures with a height and a width"),
        ({"data": "moons"}, "data must name"),
    ],
)
def test_bad_settings_are_refused(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_learner(replace(TINY, **changed))


def test_symbols_are_one_hot_and_pass_the_gradient() -> None:
    x = torch.randn(3, 2, 4, requires_grad=True)
    out = Words(2, 4)(x)
    expected = torch.nn.functional.one_hot(x.argmax(-1), 4).float().reshape(3, 1, 8)
    torch.testing.assert_close(out, expected)
    weight = torch.randn(3, 1, 8)
    (out * weight).sum().backward()
    torch.testing.assert_close(x.grad, weight.reshape(3, 2, 4))


@pytest.mark.parametrize("frozen", [True, False])
def test_a_painter_reads_only_the_message_of_its_sender(frozen: bool) -> None:
    torch.manual_seed(0)
    settings = replace(TINY, condition="kind")
    carrier = Symbols(5, 3)
    learner = make_learner(settings)
    speaker = Agent(sender(24, 7, carrier, 8)).eval()
    graph = describing_painter(learner.sizes, speaker, carrier, frozen, settings.width, settings.augmentation)
    start = learner.team()
    start.agents[0] = Agent(graph)
    learner = make_learner(settings, start)
    before = {name: value.clone() for name, value in learner.painter.state_dict().items()}
    learner.update()
    assert moved(before, learner.painter.state_dict()) - {"sender"} == FIRST
    assert ("sender" in moved(before, learner.painter.state_dict())) != frozen
    observed = torch.from_numpy(learner.game.reset().observation[:, 0])
    painter = learner.team().agents[0]
    said = painter.sender(observed[:, :24])
    symbols = dict(zip(painter.sender.outputs, said, strict=True))["emit"].argmax(-1)
    same = [(a, b) for a in range(8) for b in range(a) if torch.equal(symbols[a], symbols[b])]
    observed[:, 24:] = 0
    sent = painter(observed, None)[0]["emit"]
    for a, b in same:
        torch.testing.assert_close(sent[a], sent[b])
    with pytest.raises(ValueError, match="The sender must observe 24 numbers"):
        describing_painter(learner.sizes, Agent(sender(17, 7, carrier, 8)), carrier)


def test_the_second_stage_is_compared_with_the_first_without_a_gradient_for_the_first() -> None:
    drawn = torch.randn(2, 3 * 8 * 8, requires_grad=True)
    flat = drawn.tanh().reshape(2, 3, 8, 1, 8, 1).expand(-1, -1, -1, 2, -1, 2).reshape(2, -1)
    assert inconsistency(flat, drawn, (3, 16, 16)).item() == pytest.approx(0, abs=1e-12)
    painted = (flat.detach() + 0.5).requires_grad_()
    loss = inconsistency(painted, drawn, (3, 16, 16))
    assert loss.item() == pytest.approx(0.25, abs=1e-6)
    loss.backward()
    assert drawn.grad is None
    assert painted.grad.abs().max() > 0


def test_a_symbol_of_a_message_is_embedded_by_its_place() -> None:
    carrier, game = Symbols(5, 2), make_learner(replace(TINY, condition="kind")).sizes
    encoder = describing_painter(game, Agent(sender(24, 7, carrier, 8)), carrier, True, 8, 3).modules["text_encoder"]
    for parameter in encoder.rnn.parameters():
        torch.nn.init.zeros_(parameter)
    message = torch.eye(5)[torch.tensor([[1, 3], [3, 1]])].reshape(2, 1, 10)
    first, swapped = encoder(message)
    assert not torch.allclose(first, swapped)
