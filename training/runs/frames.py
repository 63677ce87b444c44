"""A trained team in its environment as pictures: one image per step, and an animation of them."""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from itertools import permutations
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ...agents import Team
from ...envs import GameEnv
from ...envs.core.registry import PACKAGE, game_spec, make_core
from ...envs.wrapping.pettingzoo_core import PettingZooCore
from ...protocols.common.checks import check_integer
from ...protocols.common.errors import invalid
from ..learners.settings import Settings


def frames(settings: Settings, team: Team, seed: int = 0) -> list[UInt8[np.ndarray, "height width 3"]]:
    """Play one episode and draw it with the game's own drawings.

    Args:
        settings: the settings of the run. The episode has the options of its evaluation.
        team: the team that plays.
        seed: seed of the episode.

    Returns:
        One image per step, the first of which is drawn before the first action.

    Raises:
        ValueError: if the game has no PettingZoo environments that draw images.
    """
    check_integer("seed", seed, 0)
    place = game_spec(settings.game).environments
    if place is None:
        remedy = "Register the game with GameSpec(environments=...)."
        if isinstance(make_core(settings.game), PettingZooCore):
            remedy = (
                "Call core.envs[0].render() in a loop over interlect.envs.core.play.frames(core, team, team.channel), "
                f'where core = make_core("{settings.game}").'
            )
        raise invalid("run.frames needs a game that interlect can draw", settings.game, remedy)
    cut = tuple(permutations(range(settings.agents), 2)) if settings.silent else team.channel.cut
    channel = replace(team.channel, cut=cut)
    environments = import_module(place, PACKAGE)
    env = environments.parallel_env(settings.agents, channel, render_mode="rgb_array", **settings.options())
    if not isinstance(env, GameEnv):
        remedy = "Return a GameEnv from parallel_env, or play and render the environment yourself."
        raise invalid("Frames need an environment that is a GameEnv", env, remedy)
    env.reset(seed=seed)
    state, rng = team.initial_state(np.arange(settings.agents)), np.random.default_rng(seed)
    images = [env.render()]
    while env.agents:
        action, sent, state = team.step(env.player_input(), state, rng)
        chosen = zip(env.agents, action.tolist(), channel.carrier.element(sent), strict=True)
        env.step(
            {agent: chosen_element(env.action_space(agent), env.core.actions, *choice) for agent, *choice in chosen}
        )
        images.append(env.render())
    return images


def save_gif(images: Sequence[UInt8[np.ndarray, "height width 3"]], path: Path | str, fps: float | int = 2) -> Path:
    """Write images as an animation that repeats, with Pillow.

    Args:
        images: the images, all of the same size.
        path: the path of the GIF, which is replaced. It ends in ``.gif``, and its folder exists.
        fps: images per second.

    Returns:
        ``path``.

    Raises:
        ValueError: if there are no images, they are not uint8 arrays of one size, the path is not that of a GIF in a
            folder, or ``fps`` is not positive.
        OSError: if it cannot be written.
    """
    from PIL import Image

    listed = images if isinstance(images, Sequence | np.ndarray) else [images]
    forms = {_form(image) for image in listed}
    if len(forms) > 1 or not all(_is_image(image) for image in listed):
        rule = "Images of an animation must be uint8 arrays [height, width, 3] of one size"
        raise invalid(rule, " and ".join(sorted(forms)), "Pass the images of run.frames().")
    if not len(images):
        raise invalid("An animation needs at least one image", images, "Pass the images of run.frames().")
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise invalid("The name of an animation must end in .gif", str(path), f"Pass {path.stem}.gif.")
    if not path.parent.is_dir():
        remedy = "Create the folder first, or pass a path in another one."
        raise invalid("An animation must be written to a folder that exists", str(path), remedy)
    if not fps > 0:
        raise invalid("fps must be above 0", fps, "Pass the number of images per second, such as 2.")
    first, *others = (Image.fromarray(image) for image in images)
    first.save(path, format="GIF", save_all=True, append_images=others, duration=round(1000 / fps), loop=0)
    return path


def _is_image(image: object) -> bool:
    return isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.shape[2:] == (3,)


def _form(image: object) -> str:
    """The shape and type of an image, or the type of what is not an array."""
    return f"{image.shape} {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
