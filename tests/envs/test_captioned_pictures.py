"""Captions, pictures of shapes, pictures from files, and the attributes that pictures show."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.envs import forgery_v0, make_core, play
from interlect.envs.forgery.captioned_pictures import content_digest, read_captioned_pictures
from interlect.envs.forgery.captions import Vocabulary
from interlect.envs.forgery.measures import measures
from interlect.envs.forgery.named_attributes import name_attributes
from interlect.envs.forgery.shapes import ATTRIBUTES, COLORS, SHAPES, SIDE, Shapes, coverage_of, draw
from interlect.protocols import Channel, Continuous

WORDS = st.lists(st.sampled_from(["a", "big", "red", "cat", "and", "dog"]), min_size=1, max_size=6)
RIGHT = {"size", "color", "shape", "place"}


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_a_vocabulary_decodes_what_it_encodes(captions: list[list[str]]) -> None:
    texts = [" ".join(words) for words in captions]
    vocabulary = Vocabulary(texts)
    assert vocabulary.length == max(map(len, captions))
    assert list(vocabulary.words) == sorted({word for words in captions for word in words})
    for text in texts:
        code = vocabulary.encode(text.upper())
        assert code.sum() == len(text.split())
        assert vocabulary.decode(code) == text


@pytest.mark.parametrize(
    ("caption", "message"),
    [
        ("", "at least one word.*Describe the picture"),
        ("  ", "at least one word"),
        ("a read dog", "must be in the vocabulary; received 'read'.*Did you mean 'red'"),
        ("a red dog a red dog", "at most 3 words"),
    ],
)
def test_captions_that_are_empty_unknown_or_long_are_refused(caption: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Vocabulary(["a red dog", "a cat"]).encode(caption)
    with pytest.raises(ValueError, match="at least one caption"):
        Vocabulary([])


def test_each_shape_has_a_color_that_is_held_out() -> None:
    train, held_out = Shapes("train"), Shapes("held_out")
    assert (train.kinds, held_out.kinds) == (200, 40)
    pairs = [{tuple(row) for row in shapes.attributes[:, 1:3].tolist()} for shapes in (train, held_out)]
    assert not pairs[0] & pairs[1]
    assert {shape for _, shape in pairs[1]} == set(range(len(SHAPES)))
    for column in range(4):
        assert set(train.attributes[:, column]) == set(held_out.attributes[:, column]) | set(
            train.attributes[:, column]
        )
    assert train.vocabulary.words == held_out.vocabulary.words
    assert len({*train.captions, *held_out.captions}) == 240


@pytest.mark.parametrize("split", ["train", "held_out"])
def test_captions_and_codes_are_those_of_the_attributes(split: str) -> None:
    shapes = Shapes(split)
    names = list(ATTRIBUTES.values())
    for kind in range(0, shapes.kinds, 7):
        words = [names[i][value] for i, value in enumerate(shapes.attributes[kind])]
        assert shapes.caption(kind) == " ".join(words)
        assert shapes.vocabulary.decode(shapes.caption_codes()[kind].reshape(4, -1)) == " ".join(words)
    codes = shapes.kind_codes().reshape(shapes.kinds, 4, 6)
    np.testing.assert_array_equal(codes.argmax(2), shapes.attributes)
    np.testing.assert_array_equal(codes.sum(2), 1)


@pytest.mark.parametrize("split", ["train", "held_out"])
def test_genuine_pictures_show_their_attributes(split: str) -> None:
    shapes, rng = Shapes(split), np.random.default_rng(0)
    kind = rng.integers(shapes.kinds, size=400)
    pictures = shapes.picture(kind, rng.integers(2**64, size=400, dtype=np.uint64))
    assert pictures.dtype == np.float32
    assert (np.abs(pictures) <= 1).all()
    named = name_attributes(pictures)
    assert (named.attributes == shapes.attributes[kind]).mean() >= 0.999
    noisy = (pictures + rng.normal(0, 0.1, pictures.shape)).clip(-1, 1).astype(np.float32)
    assert (name_attributes(noisy).attributes == shapes.attributes[kind]).mean() > 0.97


def test_nothing_is_recognized_in_blank_pictures_noise_or_stripes() -> None:
    rng = np.random.default_rng(1)
    blank, noise = np.full((5, 3 * SIDE**2), -0.5), rng.uniform(-1, 1, (5, 3 * SIDE**2))
    stripes = np.full((5, 3, SIDE, SIDE), -1.0)
    for width, picture in enumerate(stripes, 1):
        picture[0, :, 4 : 4 + width] = 1
    pictures = np.concatenate([blank, noise, stripes.reshape(5, -1)]).astype(np.float32)
    assert (name_attributes(pictures).attributes == -1).all()


def test_the_area_of_each_form_is_that_of_geometry() -> None:
    radius, middle = np.full(4, 9.0), np.zeros((4, 2))
    area = coverage_of(np.arange(4), middle, radius).sum(axis=(1, 2)) / radius**2
    expected = [np.pi, 1.7**2, 0.9 * 1.7, 4 / 3 + 4 / 3 - 4 / 9]
    np.testing.assert_allclose(area, expected, rtol=0.02)


def test_a_shape_has_the_color_and_place_of_its_attributes() -> None:
    jitter = np.array([[0.5, 0.5, 0.5, 1.0, 0.0]], dtype=np.float32)
    for color, ink in enumerate(COLORS.values()):
        (picture,) = (draw(np.array([[1, color, 1, 2]]), jitter) + 1) / 2
        np.testing.assert_allclose(picture[:, SIDE // 2, SIDE // 2 + 7], ink, atol=1e-6)
        np.testing.assert_allclose(picture[:, 0, 0], 0, atol=1e-6)


def test_shapes_are_measured_by_their_attributes() -> None:
    core = make_core("forgery_v0", 2, 400, 0, data="shapes", condition="caption")
    channel = Channel(Continuous(core.source.size))
    from interlect.envs import game

    played = game("forgery_v0", data="shapes", condition="caption")
    player = played.reference_player("equilibrium", core, channel.carrier)
    found = measures(core, play(core, player, channel))
    assert {f"{name}_accuracy" for name in RIGHT} < found.keys()
    for name in ("recognizable", "attribute_accuracy", "color_and_shape_accuracy"):
        assert found[name] >= 0.99
    assert found["diversity"] == pytest.approx(1)
    assert found["frechet_distance"] == pytest.approx(0, abs=1e-3)


def save(path, **changed) -> str:
    rng = np.random.default_rng(0)
    arrays = {
        "pictures": rng.integers(256, size=(30, 8, 8, 3), dtype=np.uint8),
        "captions": np.array(["a red cat", "a dog", "a red dog"] * 10),
    }
    np.savez(path, **{name: value for name, value in (arrays | changed).items() if value is not None})
    return str(path)


def test_pictures_of_a_file_are_drawn_by_their_captions(tmp_path) -> None:
    path = save(tmp_path / "mine.npz")
    source = read_captioned_pictures(path, "train")
    assert source.shape == (3, 8, 8)
    assert source.kinds == 3
    with np.load(path) as file:
        pictures, captions = file["pictures"], file["captions"]
    kind = np.repeat(np.arange(3), 50)
    drawn = source.picture(kind, np.random.default_rng(0).integers(2**64, size=150, dtype=np.uint64))
    for number, picture in zip(kind, drawn, strict=True):
        flat = pictures[captions == source.caption(int(number))].transpose(0, 3, 1, 2).reshape(-1, 192) / 127.5 - 1
        assert np.isclose(flat, picture, atol=1e-6).all(axis=1).any()
    env = forgery_v0.parallel_env(data=path, condition="caption", channel=Channel(Continuous(192)))
    observation, _ = env.reset(seed=0)
    assert observation["painter_0"].shape == (3 * 4 + 2 + 192 + 1 + 192,)


def test_captions_that_differ_in_case_or_spaces_are_one_kind(tmp_path) -> None:
    source = read_captioned_pictures(save(tmp_path / "mine.npz", captions=np.array(["A  Dog", "a dog"] * 15)), "train")
    assert source.captions.tolist() == ["a dog"]


def test_the_user_can_say_which_pictures_are_held_out(tmp_path) -> None:
    held_out = np.arange(30) < 7
    path = save(tmp_path / "mine.npz", held_out=held_out)
    counts = [read_captioned_pictures(path, split)._count.sum() for split in ("train", "held_out")]
    assert counts == [23, 7]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"captions": None}, "must hold the arrays"),
        ({"pictures": np.zeros((30, 8, 8, 3))}, "Pictures must be a uint8 array"),
        ({"pictures": np.zeros((30, 8, 8), dtype=np.uint8)}, "number, height, width and channels"),
        ({"captions": np.array(["a cat"] * 29)}, "one per picture"),
        ({"captions": np.arange(30)}, "Captions must be strings"),
        (
            {"captions": np.array(["a cat", ""] + ["a dog"] * 27 + ["  "])},
            r"at least one word; received 'none in .*mine\.npz at indices 1, 29'",
        ),
        ({"captions": np.array(["a cat", ""] * 15)}, r"at indices 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, \.\.\.'"),
        ({"captions": np.array([None] * 30)}, "holds Python objects"),
        ({"held_out": np.zeros(30, dtype=bool)}, "some of the split held_out"),
        ({"held_out": np.zeros(30)}, "held_out must be booleans"),
    ],
)
def test_files_of_other_content_are_refused(changed: dict, message: str, tmp_path) -> None:
    path = save(tmp_path / "mine.npz", **changed)
    with pytest.raises(ValueError, match=message):
        forgery_v0.parallel_env(data=path, condition="caption", pictures="held_out")


def test_a_missing_or_damaged_file_is_named(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"must be the path of a file.*none.npz"):
        forgery_v0.parallel_env(data=str(tmp_path / "none.npz"))
    path = tmp_path / "other.npz"
    np.save(tmp_path / "one.npy", np.zeros(3))
    for content in (b"no arrays", b"", (tmp_path / "one.npy").read_bytes()):
        path.write_bytes(content)
        message = r"data must be a file that np\.savez wrote; received .*other\.npz, which is another kind.*Write"
        with pytest.raises(ValueError, match=message):
            forgery_v0.parallel_env(data=str(path))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("pictures", "text")
        file.writestr("captions", "text")
    with pytest.raises(ValueError, match=r"must hold the arrays pictures .*other\.npz with no arrays"):
        forgery_v0.parallel_env(data=str(path))
    whole = Path(save(tmp_path / "mine.npz")).read_bytes()
    path.write_bytes(whole[:2000] + bytes(100) + whole[2100:])
    with pytest.raises(ValueError, match="which is damaged or holds Python objects"):
        forgery_v0.parallel_env(data=str(path))
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(ValueError, match="which is another kind of file"):
        forgery_v0.parallel_env(data=str(tmp_path / "folder.npz"))
    with pytest.raises(ValueError, match="no numbered kinds"):
        forgery_v0.parallel_env(data=save(tmp_path / "mine.npz"), condition="kind")
    with pytest.raises(ValueError, match="needs pictures with captions"):
        forgery_v0.parallel_env(data="ring", condition="caption")


@pytest.mark.parametrize("render_mode", ["ansi", "rgb_array"])
def test_pictures_of_several_channels_are_drawn(render_mode: str) -> None:
    channel = Channel(Continuous(3 * SIDE * SIDE))
    env = forgery_v0.parallel_env(channel=channel, data="shapes", render_mode=render_mode)
    env.reset(seed=0)
    before = env.render()
    env.step({agent: env.action_space(agent).sample() for agent in env.agents})
    after = env.render()
    assert (before != after) if render_mode == "ansi" else (before != after).any()


def test_the_digest_of_a_file_depends_on_its_arrays_alone(tmp_path) -> None:
    digest = content_digest(save(tmp_path / "mine.npz"))
    with np.load(tmp_path / "mine.npz") as file:
        arrays = dict(file)
    np.savez_compressed(tmp_path / "again.npz", **arrays)
    assert content_digest(str(tmp_path / "again.npz")) == digest
    captions, held_out = arrays["captions"].copy(), np.arange(30) < 3
    captions[4] = "a cow"
    changes = [{"captions": captions}, {"held_out": held_out}, {"pictures": 255 - arrays["pictures"]}]
    others = [content_digest(save(tmp_path / f"{i}.npz", **change)) for i, change in enumerate(changes)]
    assert len({digest, *others}) == 4
