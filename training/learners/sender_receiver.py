"""Signaling: a sender and a receiver learn a code for objects (Lewis 1969), from the receiver's loss.

The receiver learns from cross-entropy; the sender from its gradient (Gumbel-softmax), or from a score function
(REINFORCE, Williams 1992) with the mean of the others' losses as the baseline, and a bonus for undecided symbols.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from ...agents import Team
from ...agents.architectures.sender_receiver import Architecture
from ...protocols import Channel, Gumbel, Sampled
from ...protocols.common.checks import flag, one_of
from ...protocols.common.errors import bad
from .base import Learner
from .settings import Inactive, Settings, check_number, check_positive, check_whole

Task: TypeAlias = Literal["rebuild", "discriminate"]
Objects: TypeAlias = Literal["attributes", "digits"]
Holdout: TypeAlias = Literal["random", "compositional", "values"]
CarrierName: TypeAlias = Literal["gumbel", "sampled"]


@dataclass(frozen=True)
class SenderReceiver(Settings):
    """A sender and a receiver.

    Attributes:
        network: of both: "mlp" says and hears all symbols at once, "gru" and "lstm" one after another.
        task: "rebuild" the object, all attributes right; or "discriminate" it from others.
        objects: of "attributes", or pictures of "digits", which can only be told apart.
        attributes: how many an object has.
        values: how many each attribute has.
        candidates: how many there are to discriminate, the object included.
        holdout: which objects are not trained on: "random" ones, "compositional", or those with unseen "values"; of
            pictures always the same.
        holdout_share: about how much is held out; 0 for nothing, and then scores are those of training.
        split_seed: of what is held out, unless that is "values".
        carrier: symbols by "gumbel"-softmax, whose gradient comes back, or "sampled" ones with a score function.
        vocabulary: symbols to choose from; with 1 nothing can be said, as a control.
        length: symbols a message.
        end: symbol 0 ends a message.
        scale: standard deviation of each symbol's logit over the batch.
        temperature: of the Gumbel-softmax.
        straight_through: send one-hot symbols by Gumbel-softmax in training too.
        entropy: weight of the bonus for undecided symbols, where they are sampled.
        learning_rate: of Adam at the first update; it ends at zero, along a half cosine.
        max_grad_norm: largest norm of the gradient; 0 for any.
    """

    recipe: ClassVar[str] = "sender_receiver"
    about: ClassVar[str] = "a sender and a receiver learn a code for objects, by Gumbel-softmax or REINFORCE"
    games: ClassVar[tuple[str, ...]] = ("referential_v0",)
    inactive: ClassVar[tuple[Inactive, ...]] = (
        Inactive("task", ("rebuild",), ("candidates",)),
        Inactive("objects", ("digits",), ("attributes", "values", "holdout", "holdout_share", "split_seed")),
        Inactive("holdout_share", (0,), ("holdout", "split_seed")),
        Inactive("holdout", ("values",), ("split_seed",)),
        Inactive("carrier", ("sampled",), ("temperature", "straight_through")),
        Inactive("carrier", ("gumbel",), ("entropy",)),
    )

    updates: int = 1000
    batch: int = 512
    width: int = 512
    shared: bool = False
    evaluate_every: int = 500
    network: Architecture = "mlp"
    task: Task = "rebuild"
    objects: Objects = "attributes"
    attributes: int = 2
    values: int = 10
    candidates: int = 5
    holdout: Holdout = "random"
    holdout_share: float = 0.1
    split_seed: int = 0
    carrier: CarrierName = "gumbel"
    vocabulary: int = 10
    length: int = 2
    end: bool = False
    scale: float = 3.0
    temperature: float = 1.0
    straight_through: bool = False
    entropy: float = 0.1
    learning_rate: float = 1e-2
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("network", self.network, get_args(Architecture))
        one_of("task", self.task, get_args(Task))
        one_of("objects", self.objects, get_args(Objects))
        one_of("holdout", self.holdout, get_args(Holdout))
        one_of("carrier", self.carrier, get_args(CarrierName))
        if self.objects == "digits" and self.task == "rebuild":
            received = "--objects digits with --task rebuild"
            raise bad("Pictures can be told apart and not rebuilt", received, "Give --task discriminate.")
        for name in ("attributes", "vocabulary", "length"):
            check_whole(name, getattr(self, name), 1)
        for name in ("values", "candidates"):
            check_whole(name, getattr(self, name), 2)
        check_whole("split_seed", self.split_seed, 0)
        check_number("holdout_share", self.holdout_share, 0.0, 1.0)
        for name in ("entropy", "learning_rate", "max_grad_norm"):
            check_number(name, getattr(self, name), 0.0)
        for name in ("scale", "temperature"):
            check_positive(name, getattr(self, name))
        for name in ("end", "straight_through"):
            flag(name, getattr(self, name))

    def channel(self, progress: float) -> Channel:
        """What they talk over."""
        sizes = {"vocabulary": self.vocabulary, "length": self.length, "end": self.end}
        if self.carrier == "sampled":
            return Channel(Sampled(**sizes), credit="blocked")  # type: ignore[arg-type]
        soft = {"temperature": self.temperature, "straight_through": self.straight_through}
        return Channel(Gumbel(**sizes, **soft))  # type: ignore[arg-type]

    def options(self) -> dict[str, Any]:
        return self._options("held_out")

    def training_options(self) -> dict[str, Any]:
        return self._options("train")

    def learner(self, start: Team | None = None) -> Learner[Any]:
        from .sender_receiver_learner import SenderReceiverLearner

        return SenderReceiverLearner(self, start)

    def _options(self, split: str) -> dict[str, Any]:
        split = split if self.holdout_share or self.objects == "digits" else "all"
        found: dict[str, Any] = {"task": self.task, "objects": self.objects, "split": split}
        if self.objects == "attributes":
            kept = ("attributes", "values", "holdout", "holdout_share", "split_seed")
            found |= {name: getattr(self, name) for name in kept}
        return found | ({"candidates": self.candidates} if self.task == "discriminate" else {})
