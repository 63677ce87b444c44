"""The referential game (Lewis 1969): the receiver finds or reconstructs the sender's object from its message.

"discriminate" is the game of Lazaridou et al. 2017: the receiver picks the object among distractors. "reconstruct" is
the game of Chaabouni et al. 2020: the receiver names the object's attributes.
"""

import math

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.common.checks import check_bool, check_integer, check_integer_array, check_one_of
from ...protocols.common.draws import below, halves
from ...protocols.common.errors import invalid
from ..core.core import Core, Step, check_action
from .objects import AttributeObjects, DigitObjects, Objects, one_hot

SENDER, RECEIVER, WAIT = 0, 1, 0
TASKS = ("discriminate", "reconstruct")
KINDS = ("attributes", "digits")


class Referential(Core):
    """The rules, over B lanes. Seat 0 is the sender, seat 1 the receiver.

    The sender sees an object, drawn uniformly, at all steps. At step 1 both agents can only wait.

    Discriminate: at step 2 the receiver receives the sender's message, sees C candidates of different kinds in random
    order, and picks one. Both agents receive a reward of 1 if it is the object, and the episode terminates.

    Reconstruct: at step 2 + k the receiver observes the index k of an attribute, counted from 0, and names its value.
    After the last attribute, both agents receive a reward of 1 if all values were correct, and the episode terminates.
    The receiver hears the sender at each of these steps, so neither agent needs memory. With ``once``, it hears the
    sender only at step 2.

    Args:
        agents: Number of agents N, which must be 2.
        lanes: Number of lanes B.
        seed: Seed of objects and candidates. If None, it is drawn from the system's entropy.
        task: "discriminate" or "reconstruct".
        objects: "attributes", or "digits" for pictures (with "discriminate" only).
        candidates: Number of candidates, including the object: 2 <= C <= number of kinds.
        attributes: Number of attributes of an object (K).
        values: Number of values of each attribute, or one number for all attributes.
        split: "all", "train" or "held_out"; for pictures, the splits of ``interlect.envs.pictures.images``.
        holdout: Which combinations are held out: "random", "compositional" or "values"; see ``split_of``.
        holdout_share: Approximate fraction held out; see ``split_of``.
        split_seed: Seed of the held-out combinations.
        partial: In "reconstruct", whether to reward the fraction of attributes named correctly.
        once: In "reconstruct", whether the receiver hears the first message only.
        same_picture: With "digits", whether the receiver sees the same picture as the sender instead of another picture
            of its class.
        shown: Number of the episode of each lane, 0 to ``episode_count`` - 1, which is repeated after every reset. If
            None, episodes are drawn.

    Raises:
        ValueError: If an option is invalid.
    """

    roles = ("sender", "receiver")
    anonymous = True

    def __init__(
        self,
        agents: int = 2,
        lanes: int = 1,
        seed: int | None = None,
        task: str = "discriminate",
        objects: str = "attributes",
        candidates: int = 5,
        attributes: int = 2,
        values: int | tuple[int, ...] = 10,
        split: str = "all",
        holdout: str = "random",
        holdout_share: float = 0.1,
        split_seed: int = 0,
        partial: bool = False,
        once: bool = False,
        same_picture: bool = False,
        shown: Integer[np.ndarray, "B"] | None = None,
    ) -> None:
        check_integer("agents", agents, 2, 2, "Remove the argument agents: the referential game always has two.")
        check_one_of("task", task, TASKS)
        check_one_of("objects", objects, KINDS)
        _check_flags(task, objects, partial, once, same_picture)
        super().__init__(lanes, seed)
        self.agents, self.task, self.partial, self.once = agents, task, partial, once
        self.same_picture, self.split = same_picture, split
        self.objects: Objects = (
            DigitObjects(split)
            if objects == "digits"
            else AttributeObjects(attributes, values, split, holdout, holdout_share, split_seed)
        )
        if task == "discriminate":
            remedy = f"Use fewer candidates or more objects: there are {self.objects.kinds} kinds of objects."
            check_integer("candidates", candidates, 2, self.objects.kinds, remedy)
        self.discriminates = task == "discriminate"
        self.candidates = candidates if self.discriminates else 1
        names = self.candidates if self.discriminates else max(self.objects.values)
        self.action_names = ("wait", *map(str, range(names)))
        self.horizon = 2 if self.discriminates else 1 + len(self.objects.values)
        self.observation_space = spaces.Box(0.0, 1.0, (self.candidates * self.objects.size,), np.float32)
        self._shown = shown
        if shown is not None:
            self._check_shown(shown)
        self._position, self._object, self._time = np.zeros((3, lanes), dtype=np.int64)
        self._candidate = np.zeros((lanes, self.candidates), dtype=np.int64)
        self._correct = np.zeros((lanes, 1 if self.discriminates else len(self.objects.values)), dtype=bool)
        self._begin(np.arange(lanes))

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        if seed is not None:
            lanes = None
        self.draws.reset(seed, lanes)
        self._begin(np.arange(self.lanes) if lanes is None else lanes.nonzero()[0])
        return self._step(np.zeros(self.lanes, dtype=np.float32), spoke=np.zeros(self.lanes, dtype=bool))

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        action = check_action(self, action, self._legal())
        live = ~self._terminated
        named = (live & (self._time > 0)).nonzero()[0]
        self._correct[named, self._time[named] - 1] = action[named, RECEIVER] == self.correct_action[named]
        self._time = self._time + live
        over = live & self._terminated
        won = self._correct.mean(axis=1) if self.partial else self._correct.all(axis=1)
        spoke = live & ~over & ((self._time == 1) | (not self.once))
        return self._step((won * over).astype(np.float32), spoke)

    def state(self) -> Float32[np.ndarray, "B S"]:
        """The full state, as numbers from 0 to 1.

        Discriminate: the candidates' attributes, one-hot, and the position of the object, one-hot ``[C]``. Reconstruct:
        the object's attributes, one-hot, and which of them were named correctly ``[K]``. Both: the fraction of steps
        played ``[1]``.
        """
        kinds = self.objects.attributes(self._candidate)
        parts = [one_hot(kinds, self.objects.values).reshape(self.lanes, -1)]
        parts += [self._correct if not self.discriminates else np.eye(self.candidates)[self._position]]
        return np.concatenate([*parts, self._time[:, None] / self.horizon], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """The step, counted from 1, and the object's attributes, by their names.

        In "discriminate", also the object's position among the candidates, counted from 0, and the number of each
        candidate's attributes according to ``Objects.code``.
        """
        found = {"step": self._time + 1}
        found |= dict(zip(self.objects.names, self.attributes.T.copy(), strict=True))
        if self.discriminates:
            codes = self.objects.code(self.objects.attributes(self._candidate))
            found |= {"position": self.position}
            found |= {f"candidate_{i}": codes[:, i].copy() for i in range(self.candidates)}
        return found

    @property
    def time(self) -> Integer[np.ndarray, "B"]:
        return self._time.copy()

    @property
    def episode_count(self) -> int | None:
        """The number of equally likely episodes, one per ordered set of candidates and position; None for pictures."""
        if not self.objects.one_view_per_kind:
            return None
        return math.perm(self.objects.kinds, self.candidates) * self.candidates

    @property
    def attributes(self) -> Int64[np.ndarray, "B K"]:
        """The attributes of the object."""
        return self.objects.attributes(self._object)

    @property
    def position(self) -> Int64[np.ndarray, "B"]:
        """The position of the object among the candidates, counted from 0."""
        return self._position.copy()

    @property
    def correct_action(self) -> Int64[np.ndarray, "B"]:
        """The receiver's correct action: wait at step 1 and after the end, else 1 + position or value."""
        choosing = (self._time > 0) & ~self._terminated
        place = np.clip(self._time - 1, 0, self._correct.shape[1] - 1)
        answer = self._position if self.discriminates else self.attributes[np.arange(self.lanes), place]
        return np.where(choosing, 1 + answer, WAIT)

    @property
    def correct(self) -> Bool[np.ndarray, "B K"]:
        """Which attributes the receiver has named correctly, or whether it has picked the object, ``[B, 1]``."""
        return self._correct.copy()

    @property
    def sender_view(self) -> Int64[np.ndarray, "B"]:
        """The view of the object that the sender sees."""
        return self._object.copy()

    @property
    def candidate_views(self) -> Int64[np.ndarray, "B C"]:
        """The views of the candidates that the receiver sees."""
        return self._candidate.copy()

    @property
    def _terminated(self) -> Bool[np.ndarray, "B"]:
        over: np.ndarray = self._time >= self.horizon
        return over

    def _check_shown(self, shown: Integer[np.ndarray, "B"]) -> None:
        if self.episode_count is None:
            raise invalid("Episodes with pictures cannot be selected by number", "shown", "Remove shown.")
        check_integer_array("shown", shown, (self.lanes,), 0, self.episode_count - 1)

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        """Begin the current episode of these lanes.

        Draw 0 is the object's position and the sender's view of it. Draw 1 + i is the kind and the view of candidate i.
        The number of an episode encodes the position, and then each candidate among the remaining kinds.
        """
        many, kinds = len(lanes), self.objects.kinds
        bits = [halves(self.draws.bits(i, lanes=lanes)) for i in range(1 + self.candidates)]
        if self._shown is None:
            position = below(bits[0][0], self.candidates)
            chosen = [below(bits[1 + i][0], kinds - i) for i in range(self.candidates)]
        else:
            number, position = np.divmod(self._shown[lanes].astype(np.int64), self.candidates)
            chosen = []
            for i in range(self.candidates):
                number, one = np.divmod(number, kinds - i)
                chosen.append(one)
        kind = without_replacement(np.stack(chosen, axis=1))
        views = self.objects.view(kind, np.stack([low for _, low in bits[1:]], axis=1))
        target = views[np.arange(many), position]
        self._candidate[lanes], self._position[lanes] = views, position
        self._object[lanes] = target if self.same_picture else self.objects.another_view(target, bits[0][1])
        self._time = self._time.copy()
        self._time[lanes] = 0
        self._correct[lanes] = False

    def _legal(self) -> Bool[np.ndarray, "B N A"]:
        """The legal actions: both agents wait at step 1 and after the end, and the receiver answers at other steps."""
        legal = np.zeros((self.lanes, self.agents, self.actions), dtype=bool)
        legal[:, :, WAIT] = True
        lane = ((self._time > 0) & ~self._terminated).nonzero()[0]
        legal[lane, RECEIVER, WAIT] = False
        values = self.candidates if self.discriminates else np.array(self.objects.values)[self._time[lane] - 1, None]
        legal[lane, RECEIVER, 1:] = np.arange(self.actions - 1) < values
        return legal

    def _step(self, reward: Float32[np.ndarray, "B"], spoke: Bool[np.ndarray, "B"]) -> Step:
        """The step to return. The receiver hears the sender in the lanes in which it ``spoke``."""
        size = self.objects.size
        seen = np.zeros((self.lanes, self.agents, self.candidates * size), dtype=np.float32)
        seen[:, SENDER, :size] = self.objects.observation_of(self._object)
        if self.discriminates:
            candidates = self.objects.observation_of(self._candidate).reshape(self.lanes, -1)
            seen[:, RECEIVER] = candidates * (self._time > 0)[:, None]
        else:
            names = np.arange(1, self.horizon)
            seen[:, RECEIVER, : len(names)] = self._time[:, None] == names
        hears = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        hears[:, RECEIVER, SENDER] = spoke
        never = np.zeros(self.lanes, dtype=bool)
        rewards = np.repeat(reward[:, None], self.agents, axis=1)
        return Step(seen, rewards, self._terminated, never, self._legal(), hears)


def without_replacement(chosen: Int64[np.ndarray, "B C"]) -> Int64[np.ndarray, "B C"]:
    """Rows of different numbers. The i-th is number ``chosen[i]`` among the numbers not yet used in its row."""
    found = np.zeros_like(chosen)
    for i in range(chosen.shape[1]):
        before = np.sort(found[:, :i], axis=1)
        found[:, i] = chosen[:, i] + (before - np.arange(i) <= chosen[:, i, None]).sum(axis=1)
    return found


def _check_flags(task: str, objects: str, partial: bool, once: bool, same_picture: bool) -> None:
    for name, value in (("partial", partial), ("once", once), ("same_picture", same_picture)):
        check_bool(name, value)
    if objects == "digits" and task == "reconstruct":
        remedy = 'Pass objects="attributes", or task="discriminate".'
        raise invalid("Pictures cannot be reconstructed", f"{objects=}, {task=}", remedy)
    for name, value, needs in (
        ("partial", partial, 'task="reconstruct"'),
        ("once", once, 'task="reconstruct"'),
        ("same_picture", same_picture, 'objects="digits"'),
    ):
        if value and needs.split('"')[1] not in (task, objects):
            raise invalid(f"{name} needs {needs}", f"{name}=True, {task=}, {objects=}", f"Remove {name}.")
