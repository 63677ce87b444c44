"""A reader of digits, told what would have been right: its modules in one order, or in another one at every update."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from ...agents import Team
from ...protocols import Channel
from ...protocols.common.errors import unknown
from .base import Learner
from .settings import Inactive, Settings, check_number, check_whole

Order: TypeAlias = Literal["fixed", "random"]


@dataclass(frozen=True)
class Classification(Settings):
    """Agents that name a picture, learned from the right answers (cross-entropy).

    Attributes:
        blocks: modules between seeing and acting, all of one width.
        residual: add each of them to its own input.
        order: "fixed"; or "random", their places drawn anew at every update.
        module_dropout: the chance of each of them to be left out of an update (stochastic depth, Huang et al. 2016).
        wire_noise: standard deviation of the noise on what each of them hears, in training.
        learning_rate: of Adam at the first update; it ends at zero, along a half cosine.
        max_grad_norm: largest norm of the gradient; 0 for any.
    """

    recipe: ClassVar[str] = "classification"
    about: ClassVar[str] = "names pictures, with modules that can change places in training"
    games: ClassVar[tuple[str, ...]] = ("digits_v0",)
    inactive: ClassVar[tuple[Inactive, ...]] = (
        Inactive("blocks", (0,), ("residual", "order", "module_dropout", "wire_noise")),
    )

    updates: int = 1000
    batch: int = 64
    width: int = 32
    evaluate_every: int = 200
    checkpoint_every: int = 500
    blocks: int = 4
    residual: bool = True
    order: Order = "fixed"
    module_dropout: float = 0.0
    wire_noise: float = 0.0
    learning_rate: float = 3e-3
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("blocks", self.blocks, 0)
        for name in ("wire_noise", "learning_rate", "max_grad_norm"):
            check_number(name, getattr(self, name), 0.0)
        check_number("module_dropout", self.module_dropout, 0.0, 1.0)
        if self.order not in get_args(Order):
            raise unknown("order", self.order, get_args(Order))

    @property
    def names(self) -> tuple[str, ...]:
        """The modules that can change places or be left out, in the order of the graph."""
        return tuple(f"block_{place}" for place in range(self.blocks))

    @property
    def channel(self) -> Channel:
        """What nobody hears."""
        return Channel()

    def learner(self, start: Team | None = None) -> Learner[Any]:
        from .classification_learner import ClassificationLearner

        return ClassificationLearner(self, start)
