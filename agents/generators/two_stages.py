"""Painters of two stages, and critics that judge a picture and its caption together (Zhang et al. 2016)."""

import math
from dataclasses import dataclass

from ...protocols.channels.carriers import Continuous
from ..graph import Graph, Wire
from ..modules import Linear, Module, Port, StopGradient
from .convolutional import Enlarge, PictureDecoder, PictureEncoder, PictureRefiner
from .pictures import JudgedPicture, Slice
from .text import CaptionEncoder, ConditioningAugmentation, Projection


@dataclass(frozen=True)
class CaptionedGame:
    """The sizes of observations, actions and pictures in forgery with captions.

    Attributes:
        caption: Size of the caption, or of another condition, in an observation.
        words: Number of words of a caption (L) and number of different words (V); 1 and the size of other conditions.
        noise: Number of random numbers that painters observe.
        shape: Channels, height and width of a picture.
        actions: Number of actions (A).
    """

    caption: int
    words: tuple[int, int]
    noise: int
    shape: tuple[int, int, int]
    actions: int

    @property
    def pixels(self) -> int:
        """Size of a picture (D)."""
        return math.prod(self.shape)

    @property
    def observation(self) -> int:
        """Size of an observation."""
        return self.caption + self.noise + self.pixels

    @property
    def half(self) -> tuple[int, int, int]:
        """Channels, height and width of a picture of the first stage."""
        channels, height, width = self.shape
        return channels, height // 2, width // 2


def two_stage_painter(
    game: CaptionedGame,
    width: int = 64,
    augmentation: int = 16,
    random: bool = True,
    stages: int = 2,
    second_condition: bool = False,
) -> Graph:
    """A painter: it observes a caption and random numbers, and sends a picture.

    ``stage_1`` paints a picture of half the height and width, which is enlarged and then refined by ``stage_2``.
    The outputs ``first_picture``, ``mean`` and ``log_deviation`` are read in training. Action logits are zero.

    Args:
        game: Sizes of the game.
        width: Size of the embedding of a caption, and number of channels of the coarsest features.
        augmentation: Size of the condition that is drawn by conditioning augmentation, less than ``game.noise``.
        random: Whether the condition is drawn; if not, it is a function of the caption.
        stages: 2, or 1 for a painter whose only stage paints the whole picture.
        second_condition: Whether the second stage receives the condition besides the picture of the first.
    """
    carrier, latent = Continuous(game.pixels), game.noise - augmentation
    first = game.half if stages == 2 else game.shape
    modules: dict[str, Module] = {
        "caption": Slice(game.observation, 0, game.caption, (1, game.caption)),
        "augmentation_noise": Slice(game.observation, game.caption, augmentation),
        "noise": Slice(game.observation, game.caption + augmentation, latent),
        "text_encoder": CaptionEncoder(*game.words, width),
        "conditioning": ConditioningAugmentation(width, augmentation, random),
        "from_condition": Linear(augmentation, (width,)),
        "from_noise": Linear(latent, (width,), bias=False),
        "stage_1": PictureDecoder(width, first, width),
    }
    wires = [
        *(Wire("input.observation", f"{name}.x") for name in ("caption", "augmentation_noise", "noise")),
        Wire("caption.out", "text_encoder.heard"),
        Wire("text_encoder.out", "conditioning.x"),
        Wire("augmentation_noise.out", "conditioning.noise"),
        Wire("conditioning.out", "from_condition.x"),
        Wire("noise.out", "from_noise.x"),
        Wire("from_condition.out", "stage_1.x"),
        Wire("from_noise.out", "stage_1.x"),
        Wire("stage_1.out", "output.first_picture"),
        Wire("conditioning.mean", "output.mean"),
        Wire("conditioning.log_deviation", "output.log_deviation"),
    ]
    if stages == 2:
        modules |= {
            "enlarge": Enlarge(first),
            "enlarged": StopGradient((game.pixels,)),
            "stage_2": PictureRefiner(game.shape, augmentation if second_condition else 0, width),
        }
        wires += [
            Wire("stage_1.out", "enlarge.x"),
            Wire("enlarge.out", "enlarged.x"),
            Wire("enlarged.out", "stage_2.x"),
            Wire("stage_2.out", "output.emit"),
        ]
        if second_condition:
            modules["condition"] = StopGradient((augmentation,))
            wires += [Wire("conditioning.out", "condition.x"), Wire("condition.out", "stage_2.condition")]
    else:
        wires.append(Wire("stage_1.out", "output.emit"))
    outputs = {
        "act": Port((game.actions,)),
        "emit": Port(carrier.emit_shape),
        "first_picture": Port((math.prod(first),)),
        "mean": Port((augmentation,)),
        "log_deviation": Port((augmentation,)),
    }
    return Graph({"observation": Port((game.observation,))}, outputs, modules, tuple(wires))


def caption_critic(game: CaptionedGame, shape: tuple[int, int, int], width: int = 64) -> Graph:
    """A critic: it observes a caption, observes or hears a picture, and judges both by its action logits.

    Args:
        game: Sizes of the game.
        shape: Channels, height and width of the pictures that it judges.
        width: Number of channels of the coarsest features, and half the size of the hidden layer.
    """
    pixels = math.prod(shape)
    observed = game.caption + game.noise + pixels
    modules: dict[str, Module] = {
        "picture": JudgedPicture(observed, pixels),
        "caption": Slice(observed, 0, game.caption, (1, game.caption)),
        "picture_encoder": PictureEncoder(shape, width),
        "text_encoder": CaptionEncoder(*game.words, width),
        "from_picture": Linear(16 * width, (2 * width,), relu=True),
        "from_text": Linear(width, (2 * width,), bias=False),
        "joint": Projection(2 * width),
        "action_head": Linear(2 * width, (game.actions,)),
    }
    wires = (
        Wire("input.observation", "picture.observation"),
        Wire("input.heard", "picture.heard"),
        Wire("input.observation", "caption.x"),
        Wire("picture.out", "picture_encoder.x"),
        Wire("picture_encoder.out", "from_picture.x"),
        Wire("caption.out", "text_encoder.heard"),
        Wire("text_encoder.out", "from_text.x"),
        Wire("from_picture.out", "joint.picture"),
        Wire("from_text.out", "joint.text"),
        Wire("joint.out", "action_head.x"),
        Wire("action_head.out", "output.act"),
    )
    inputs = {"observation": Port((observed,)), "heard": Port((1, pixels))}
    outputs = {"act": Port((game.actions,)), "emit": Port((pixels,))}
    return Graph(inputs, outputs, modules, wires)
