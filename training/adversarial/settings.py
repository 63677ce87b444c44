"""Settings that all adversarial recipes share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from ...envs.forgery.captioned_pictures import content_digest
from ...envs.forgery.sources import SOURCES, Mixture, source
from ...protocols.common.checks import check_one_of
from ...protocols.common.errors import argument, invalid
from ..learners.settings import NameChoices, Settings, check_integer_setting, check_number_setting
from .objectives import Objective

Condition: TypeAlias = Literal["none", "kind", "caption"]


@dataclass(frozen=True)
class ObjectiveSettings:
    """The losses of painters and critics, and how they are minimized.

    Attributes:
        objective: "non_saturating", or "relativistic", which compares genuine with painted pictures.
        r1: Weight of the gradient penalty at genuine pictures.
        r2: Weight of the gradient penalty at painted pictures.
        average: Decay per update of the moving average of the painter's parameters, which is evaluated; 0 evaluates the
            painter itself.
        learning_rate: Learning rate of Adam at the first update; it is annealed to 0 along a half cosine.
        beta1: Decay of Adam's average of gradients.
        beta2: Decay of Adam's average of squared gradients.
    """

    objective: Objective = "relativistic"
    r1: float = 0.1
    r2: float = 0.1
    average: float = 0.999
    learning_rate: float = 1e-3
    beta1: float = 0.0
    beta2: float = 0.99

    def check_objective(self) -> None:
        """Check these settings.

        Raises:
            ValueError: If one is invalid.
        """
        check_one_of("objective", self.objective, get_args(Objective))
        for name in ("r1", "r2", "learning_rate"):
            check_number_setting(name, getattr(self, name), 0.0)
        for name in ("average", "beta1", "beta2"):
            check_number_setting(name, getattr(self, name), 0.0, 1.0)
            if getattr(self, name) == 1:
                raise invalid(f"{name} must be less than 1", 1, f"Pass {argument(name, 0.999)}.")


@dataclass(frozen=True)
class AdversarialSettings(ObjectiveSettings, Settings):
    """Painters and critics of forgery, which learn from each other.

    Attributes:
        data: Genuine pictures: "ring" or "grid", points in the plane; "digits" or "shapes", pictures; or the path of
            a file of captioned pictures, which ends with ".npz".
        noise: Number of random numbers that the painter observes.
        condition: What painter and critic observe of the kind of the picture.
    """

    games: ClassVar[tuple[str, ...] | None] = ("forgery_v0",)
    loss_name: ClassVar[str] = "loss of the critic"
    several: ClassVar[bool] = False
    """Whether there can be several pairs of a painter and a critic."""

    updates: int = 10_000
    batch: int = 256
    shared: bool = False
    checkpoint_every: int = 5000
    data: Annotated[str, NameChoices(lambda: (*SOURCES, "FILE.npz"), closed=False)] = "ring"
    noise: int = 2
    condition: Condition = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer_setting("noise", self.noise, 1)
        self.check_objective()
        if self.own_file:
            object.__setattr__(self, "data", str(Path(self.data).resolve()))
        else:
            source(self.data, "train")
        if not self.several and self.agents not in (0, 2):
            remedy = f"Pass {argument('agents', 2)}, or use gap for several pairs."
            raise invalid(f"{self.recipe} must have one painter and one critic", self.agents, remedy)
        check_one_of("condition", self.condition, get_args(Condition))

    @property
    def own_file(self) -> bool:
        """Whether the genuine pictures are in a file of the user."""
        return isinstance(self.data, str) and self.data.endswith(".npz")

    def file_digests(self) -> dict[str, str]:
        return {self.data: content_digest(self.data)} if self.own_file and Path(self.data).exists() else {}

    def options(self) -> dict[str, Any]:
        mixture = self.data in SOURCES and isinstance(source(self.data, "train"), Mixture)
        return self.training_options() | ({} if mixture else {"pictures": "held_out"})

    def training_options(self) -> dict[str, Any]:
        return {"data": self.data, "noise": self.noise, "condition": self.condition, "pictures": "train"}
