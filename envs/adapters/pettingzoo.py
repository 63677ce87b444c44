"""PettingZoo's two interfaces, parallel and agent-environment-cycle (AEC), for any core with one lane."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils import wrappers
from pettingzoo.utils.conversions import parallel_to_aec_wrapper

from ...protocols.channels.channel import Channel
from ...protocols.common.checks import check_bool, check_one_of
from ...protocols.common.errors import invalid
from ...protocols.common.player import PlayerInput
from ..core.core import Core, Step
from .action_masks import Mask
from .actions import wrong_agents_error
from .batched import BatchedGame
from .render_state import RenderState

_RESET = "Use reset() to begin an episode."

Drawings = Mapping[str, Callable[[RenderState], Any]]
"""The drawing function of each render mode."""


class GameEnv(ParallelEnv[str, Any, Any]):
    """One lane of a core as a PettingZoo environment, with messages over a channel. It adds no rules to the game.

    Observations are flat float32 vectors with the layout of ``Observer``. Actions are ``Discrete(A)`` without a
    channel, and ``MultiDiscrete([A] + [V] * L)`` with a channel of symbols. With a continuous channel, they are a
    ``Box`` of A logits (the legal action with the largest logit is taken) and the message.
    ``infos[agent]["action_mask"]`` (int8) marks what is legal. With symbols, it has A + L V entries, and every
    message is legal. A message sent with one action is heard with the next observation, by the agents that the game
    permits.

    Args:
        core: The game, with lanes = 1.
        channel: The channel between the agents; None for a game without communication.
        history: The number of past steps in an observation. If positive, it also contains identity and time.
        mask_in_observation: Whether observations are ``{"observation": ..., "action_mask": ...}``.
        render_mode: One of ``metadata["render_modes"]``.
        illegal: "replace" plays the first legal action instead of an illegal one, for learners without action masks;
            "error" raises.
        mask: What action masks cover: "full" the whole action space (there is none if it is a ``Box``), "action" the A
            actions only; None for no masks.
        name: The name of the environment.
        drawings: The drawing function of each render mode. With "ansi", there is also a mode "human", which prints it.

    Raises:
        ValueError: If the core has several lanes; if the render mode, the mask or the treatment of illegal actions is
            unknown; or if observations must contain masks, and there are none.
    """

    def __init__(
        self,
        core: Core,
        channel: Channel | None = None,
        history: int = 0,
        mask_in_observation: bool = False,
        render_mode: str | None = None,
        *,
        illegal: str = "replace",
        mask: Mask = "full",
        name: str = "game",
        drawings: Drawings | None = None,
    ) -> None:
        if core.lanes != 1:
            raise invalid(
                "A PettingZoo environment needs a core with one lane", core.lanes, "Pass lanes=1 to the core."
            )
        game = BatchedGame(core, channel, history, illegal=illegal, mask=mask)
        check_bool("mask_in_observation", mask_in_observation)
        self._drawings = dict(drawings or {})
        modes = [*self._drawings, *(["human"] if "ansi" in self._drawings else [])]
        if render_mode is not None:
            check_one_of("render_mode", render_mode, modes)
        self.metadata = {"name": name, "render_modes": modes, "render_fps": 2, "is_parallelizable": True}
        self.core, self.channel, self.render_mode = core, channel, render_mode
        self._game, self._mask_in_observation = game, mask_in_observation
        self.possible_agents = core.possible_agents
        self.agents: list[str] = []
        if mask_in_observation and not game.masks.kept:
            received = f"{mask=} and {game.action_space}"
            raise invalid("mask_in_observation=True needs action masks", received, 'Pass mask="action", or remove it.')
        self.observation_spaces = {agent: self._observation_space() for agent in self.possible_agents}
        self.action_spaces = {agent: game.reader.space() for agent in self.possible_agents}
        self.state_space = spaces.Box(0.0, 1.0, (core.state().shape[1],), np.float32)
        self._last: tuple[Step, Any, Any, Any] | None = None

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """The observation space of ``agent``, always the same object."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """The action space of ``agent``, always the same object."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Begin the next episode, or the first episode of ``seed``. ``options`` are ignored."""
        vectors = self._game.reset(seed)
        self.agents = self.possible_agents[:]
        return self._show(self._game.current, vectors[0])

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Play one joint step. An invalid action raises before the state changes.

        Raises:
            ValueError: If there is not exactly one action per live agent, an action is outside its space, or an action
                is illegal and ``illegal`` is "error".
        """
        legal = self._current_step().legal[0].tolist()
        if actions.keys() != set(self.agents):
            raise wrong_agents_error(self.agents, actions)
        reader = self._game.reader
        read = [reader.read(agent, actions[agent], can) for agent, can in zip(self.agents, legal, strict=True)]
        action = self._game.legal_action(np.array([[int(number) for number, _ in read]]))
        sent = np.array([[signal for _, signal in read]])
        vectors, step = self._game.play(action, sent)
        agents = self.agents
        terminated, truncated = bool(step.terminated[0]), bool(step.truncated[0])
        observations, infos = self._show(step, vectors[0], action[0], None if self.channel is None else sent[0])
        rewards = dict(zip(agents, step.reward[0].tolist(), strict=True))
        if terminated or truncated:
            self.agents = []
        return observations, rewards, dict.fromkeys(agents, terminated), dict.fromkeys(agents, truncated), infos

    def player_input(self) -> PlayerInput:
        """The inputs of a ``Player`` of all agents, one row per agent: observations, messages heard and legal actions.

        Raises:
            ValueError: If no episode is running.
        """
        step, agents, delivery = self._current_step(), self.core.agents, self._game.delivery
        if delivery is None:
            heard = np.zeros((agents, self.core.message_slots, 0), dtype=np.float32)
            return PlayerInput(step.observation[0], heard, np.zeros(heard.shape[:2], dtype=bool), step.legal[0])
        heard, present = delivery.slots
        return PlayerInput(step.observation[0], heard[0], present[0], step.legal[0])

    def state(self) -> np.ndarray:
        """The full hidden state, as float32 numbers in [0, 1]."""
        state: np.ndarray = self.core.state()[0]
        return state

    def render(self) -> Any:
        """Draw the current state in ``render_mode``. Returns None if it is None, and for "human", which prints."""
        if self._last is None:
            raise invalid("render needs an episode: there is nothing to draw before the first reset", None, _RESET)
        if self.render_mode is None:
            return None
        step, _, action, sent = self._last
        heard = present = None
        delivery = self._game.delivery
        if delivery is not None and sent is not None:
            heard, present = delivery.heard[0], delivery.present[0]
        render_state = RenderState(self.core, step, action, self.channel, sent, heard, present)
        if self.render_mode == "human":
            sys.stdout.write(self._drawings["ansi"](render_state) + "\n")
            return None
        return self._drawings[self.render_mode](render_state)

    def close(self) -> None:
        """Do nothing: there are no resources to release."""

    def _observation_space(self) -> spaces.Space[Any]:
        vector = self._game.observer.space()
        if not self._mask_in_observation:
            return vector
        masks = self._game.masks.space(spaces.MultiBinary(self.core.actions))
        return spaces.Dict({"observation": vector, "action_mask": masks})

    def _current_step(self) -> Step:
        if self._last is None or not self.agents:
            now = "no episode yet" if self._last is None else "an episode that is over"
            raise invalid("A step needs a running episode", now, _RESET)
        return self._last[0]

    def _show(self, step: Step, vectors: Any, action: Any = None, sent: Any = None) -> tuple[dict[str, Any], Any]:
        self._last = step, vectors, action, sent
        if not self._game.masks.kept:
            return dict(zip(self.agents, vectors, strict=True)), {agent: {} for agent in self.agents}
        masks = self._game.action_masks()[0].view(np.int8)
        infos = {agent: {"action_mask": mask} for agent, mask in zip(self.agents, masks, strict=True)}
        if not self._mask_in_observation:
            return dict(zip(self.agents, vectors, strict=True)), infos
        seen = zip(self.agents, vectors, masks.copy(), strict=True)
        return {agent: {"observation": vector, "action_mask": mask} for agent, vector, mask in seen}, infos


def to_aec(env: GameEnv, checked: bool = True) -> AECEnv[str, Any, Any]:
    """The same environment under the AEC API: the agents act in turn, and the action of the last agent plays the step.

    Args:
        env: The parallel environment.
        checked: Whether to add PettingZoo's usual wrappers, which detect actions outside the space and calls in the
            wrong order.
    """
    aec: AECEnv[str, Any, Any] = parallel_to_aec_wrapper(env)
    if not checked:
        return aec
    return wrappers.OrderEnforcingWrapper(wrappers.AssertOutOfBoundsWrapper(aec))
