"""The referential game (Lewis 1969): the sender sees an object, the receiver finds it or rebuilds it from a message.

"discriminate" is the game of Lazaridou et al. 2017: the receiver picks the object among distractors. "rebuild" is that
of Chaabouni et al. 2020: it names the object's attributes.
"""

import math

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.common.checks import flag, one_of, whole, whole_array
from ...protocols.common.draws import below, halves
from ...protocols.common.errors import bad
from ..core.core import Core, Step, check_action
from .objects import AttributeObjects, DigitObjects, Objects, one_hot

SENDER, RECEIVER, WAIT = 0, 1, 0
TASKS = ("discriminate", "rebuild")
KINDS = ("attributes", "digits")


class Referential(Core):
    """The rules, over B lanes. Seat 0 is the sender, seat 1 the receiver.

    At step 1 the sender sees an object, drawn uniformly, and both can only wait. The sender sees it at all steps.

    Discriminate: at step 2 the receiver hears what the sender said, sees C candidates, all of different kinds, in
    random order, and picks one: right, and both get 1; and the episode terminates.

    Rebuild: at step 2 + k the receiver names attribute k, counted from 0, and is told k. After the last one both get 1
    if all were right, and the episode terminates. It hears the sender at each of these steps, so that neither needs a
    memory; with ``once`` at step 2 alone.

    Args:
        agents: N = 2.
        lanes: B.
        seed: of objects and candidates; None takes the system's entropy.
        task: "discriminate" or "rebuild".
        objects: "attributes" or "digits", pictures to discriminate.
        candidates: how many, the object included (C >= 2, no more than there are kinds).
        attributes: how many an object has (K).
        values: how many each attribute has; one number for all, or one each.
        split: "all", "train" or "held_out"; of pictures, those of ``interlect.envs.pictures.images``.
        holdout: which combinations are held out: "random", "compositional" or "values"; see ``split_of``.
        holdout_share: about how much is held out; see ``split_of``.
        split_seed: of what is held out.
        partial: in "rebuild", pay the share of attributes that were right.
        once: in "rebuild", let the receiver hear the first message alone.
        same_picture: of "digits", let the receiver see the sender's very picture, not another one of its class.
        shown: the number of each lane's episode, the same in every episode, 0 to ``count`` - 1; None draws them.

    Raises:
        ValueError: for options that cannot be.
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
        whole("agents", agents, 2, 2, "The referential game has two: leave it out.")
        one_of("task of the referential game", task, TASKS)
        one_of("kind of objects", objects, KINDS)
        _check_flags(task, objects, partial, once, same_picture)
        super().__init__(lanes, seed)
        self.agents, self.task, self.partial, self.once = agents, task, partial, once
        self.same_picture = same_picture
        self.objects: Objects = (
            DigitObjects(split)
            if objects == "digits"
            else AttributeObjects(attributes, values, split, holdout, holdout_share, split_seed)
        )
        if task == "discriminate":
            remedy = f"There are {self.objects.kinds} kinds of objects: give fewer candidates, or more objects."
            whole("candidates", candidates, 2, self.objects.kinds, remedy)
        self.picks = task == "discriminate"
        self.candidates = candidates if self.picks else 1
        names = self.candidates if self.picks else max(self.objects.values)
        self.action_names = ("wait", *map(str, range(names)))
        self.horizon = 2 if self.picks else 1 + len(self.objects.values)
        self.observation_space = spaces.Box(0.0, 1.0, (self.candidates * self.objects.size,), np.float32)
        self._shown = shown
        if shown is not None:
            self._check_shown(shown)
        self._position, self._object, self._time = np.zeros((3, lanes), dtype=np.int64)
        self._candidate = np.zeros((lanes, self.candidates), dtype=np.int64)
        self._right = np.zeros((lanes, 1 if self.picks else len(self.objects.values)), dtype=bool)
        self._begin(np.arange(lanes))

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        if seed is not None:
            lanes = None
        self.draws.reset(seed, lanes)
        self._begin(np.arange(self.lanes) if lanes is None else lanes.nonzero()[0])
        return self._step(np.zeros(self.lanes, dtype=np.float32), told=np.zeros(self.lanes, dtype=bool))

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        check_action(self, action, self._legal())
        live = ~self._terminated
        named = (live & (self._time > 0)).nonzero()[0]
        self._right[named, self._time[named] - 1] = action[named, RECEIVER] == self.right_action[named]
        self._time = self._time + live
        over = live & self._terminated
        won = self._right.mean(axis=1) if self.partial else self._right.all(axis=1)
        told = live & ~over & ((self._time == 1) | (not self.once))
        return self._step((won * over).astype(np.float32), told)

    def state(self) -> Float32[np.ndarray, "B S"]:
        """What is hidden, all of it in numbers from 0 to 1.

        Discriminate: the candidates' attributes, one-hot; which is the object, one-hot ``[C]``. Rebuild: the object's
        attributes, one-hot; which were named right ``[K]``. Then the share of the steps that are over ``[1]``.
        """
        kinds = self.objects.attributes(self._candidate)
        parts = [one_hot(kinds, self.objects.values).reshape(self.lanes, -1)]
        parts += [self._right if not self.picks else np.eye(self.candidates)[self._position]]
        return np.concatenate([*parts, self._time[:, None] / self.horizon], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """The step, counted from 1; the object's attributes, by their names.

        In "discriminate" also its position among the candidates, counted from 0, and what each of them is, by the
        number that ``Objects.code`` gives its attributes.
        """
        found = {"step": self._time + 1}
        found |= dict(zip(self.objects.names, self.attributes.T.copy(), strict=True))
        if self.picks:
            codes = self.objects.code(self.objects.attributes(self._candidate))
            found |= {"position": self.position}
            found |= {f"candidate_{i}": codes[:, i].copy() for i in range(self.candidates)}
        return found

    @property
    def time(self) -> Integer[np.ndarray, "B"]:
        return self._time.copy()

    @property
    def count(self) -> int | None:
        """How many equally likely episodes there are: objects, in order with their distractors; None for pictures."""
        if not self.objects.plain:
            return None
        return math.perm(self.objects.kinds, self.candidates) * self.candidates

    @property
    def attributes(self) -> Int64[np.ndarray, "B K"]:
        """The attributes of the object."""
        return self.objects.attributes(self._object)

    @property
    def position(self) -> Int64[np.ndarray, "B"]:
        """Which candidate is the object, counted from 0."""
        return self._position.copy()

    @property
    def right_action(self) -> Int64[np.ndarray, "B"]:
        """The receiver's right action: it waits at step 1 and after the end, else 1 + candidate or value."""
        choosing = (self._time > 0) & ~self._terminated
        place = np.clip(self._time - 1, 0, self._right.shape[1] - 1)
        answer = self._position if self.picks else self.attributes[np.arange(self.lanes), place]
        return np.where(choosing, 1 + answer, WAIT)

    @property
    def right(self) -> Bool[np.ndarray, "B K"]:
        """Which attributes the receiver has named right, or whether it has picked right ``[B, 1]``."""
        return self._right.copy()

    @property
    def look(self) -> Int64[np.ndarray, "B"]:
        """What the sender sees, among ``objects``' looks."""
        return self._object.copy()

    @property
    def offered(self) -> Int64[np.ndarray, "B C"]:
        """What the receiver sees, among ``objects``' looks."""
        return self._candidate.copy()

    @property
    def _terminated(self) -> Bool[np.ndarray, "B"]:
        over: np.ndarray = self._time >= self.horizon
        return over

    def _check_shown(self, shown: Integer[np.ndarray, "B"]) -> None:
        if self.count is None:
            raise bad("Episodes of pictures are not numbered", "shown", "Leave it out.")
        whole_array("shown", shown, (self.lanes,), 0, self.count - 1)

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        """Begin the present episode of these lanes.

        Draw 0 is the object's position and what the sender sees of it, draw 1 + i the kind of candidate i and its look.
        An episode's number has the same parts: its position, then each candidate among the kinds that are left.
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
        kind = distinct(np.stack(chosen, axis=1))
        looks = self.objects.look(kind, np.stack([low for _, low in bits[1:]], axis=1))
        target = looks[np.arange(many), position]
        self._candidate[lanes], self._position[lanes] = looks, position
        self._object[lanes] = target if self.same_picture else self.objects.another(target, bits[0][1])
        self._time = self._time.copy()
        self._time[lanes] = 0
        self._right[lanes] = False

    def _legal(self) -> Bool[np.ndarray, "B N A"]:
        """The sender waits; the receiver does, too, at step 1 and after the end, and else picks or names."""
        legal = np.zeros((self.lanes, self.agents, self.actions), dtype=bool)
        legal[:, :, WAIT] = True
        lane = ((self._time > 0) & ~self._terminated).nonzero()[0]
        legal[lane, RECEIVER, WAIT] = False
        values = self.candidates if self.picks else np.array(self.objects.values)[self._time[lane] - 1, None]
        legal[lane, RECEIVER, 1:] = np.arange(self.actions - 1) < values
        return legal

    def _step(self, reward: Float32[np.ndarray, "B"], told: Bool[np.ndarray, "B"]) -> Step:
        """What is returned, where the receiver was ``told`` something."""
        size = self.objects.size
        seen = np.zeros((self.lanes, self.agents, self.candidates * size), dtype=np.float32)
        seen[:, SENDER, :size] = self.objects.seen(self._object)
        if self.picks:
            offered = self.objects.seen(self._candidate).reshape(self.lanes, -1)
            seen[:, RECEIVER] = offered * (self._time > 0)[:, None]
        else:
            names = np.arange(1, self.horizon)
            seen[:, RECEIVER, : len(names)] = self._time[:, None] == names
        hears = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        hears[:, RECEIVER, SENDER] = told
        nowhere = np.zeros(self.lanes, dtype=bool)
        pays = np.repeat(reward[:, None], self.agents, axis=1)
        return Step(seen, pays, self._terminated, nowhere, self._legal(), hears)


def distinct(chosen: Int64[np.ndarray, "B C"]) -> Int64[np.ndarray, "B C"]:
    """Numbers that differ in each row: the i-th is number ``chosen[i]`` of those that the ones before it left."""
    found = np.zeros_like(chosen)
    for i in range(chosen.shape[1]):
        before = np.sort(found[:, :i], axis=1)
        found[:, i] = chosen[:, i] + (before - np.arange(i) <= chosen[:, i, None]).sum(axis=1)
    return found


def _check_flags(task: str, objects: str, partial: bool, once: bool, same_picture: bool) -> None:
    for name, value in (("partial", partial), ("once", once), ("same_picture", same_picture)):
        flag(name, value)
    if objects == "digits" and task == "rebuild":
        remedy = 'Give objects="attributes", or task="discriminate".'
        raise bad("Pictures can be told apart and not rebuilt", f"{objects=}, {task=}", remedy)
    for name, value, needs in (
        ("partial", partial, 'task="rebuild"'),
        ("once", once, 'task="rebuild"'),
        ("same_picture", same_picture, 'objects="digits"'),
    ):
        if value and needs.split('"')[1] not in (task, objects):
            raise bad(f"{name} is for {needs}", f"{name}=True, {task=}, {objects=}", "Leave it out.")
