"""Checks of which agents play, and of what each of them is given, one function per rule."""

from copy import deepcopy
from typing import Any

from .episodes import ended_agents, episodes, many_steps, play
from .rules import MakeEnv, require


def episodes_play_to_their_end(make_env: MakeEnv) -> None:
    """The first episode must begin with at least one agent, and play to its end without an error."""
    _play_through(make_env(), 1)


def possible_agents_never_change(make_env: MakeEnv) -> None:
    """No reset and no step may change possible_agents."""
    env = make_env()
    before = list(env.possible_agents)
    for _ in play(env, 0):
        require(list(env.possible_agents) == before, f"They were {before} and are {env.possible_agents}.")


def ended_environments_can_be_reset(make_env: MakeEnv) -> None:
    """A reset after the end of an episode must begin another one, which also plays to its end."""
    _play_through(make_env(), 3)


def agents_are_known(make_env: MakeEnv) -> None:
    """Names of agents are unique, and every agent that plays is among possible_agents."""
    env = make_env()
    known = env.possible_agents
    require(len(set(known)) == len(known), f"possible_agents are {known}.")
    for _ in episodes(env):
        agents = env.agents
        require(set(agents) <= set(known), f"Agents are {agents}, and possible_agents are {known}.")
        require(len(set(agents)) == len(agents), f"Agents are {agents}.")


def playing_agents_are_in_every_dict(make_env: MakeEnv) -> None:
    """Every dict that a reset or step returns must have a key for each agent that plays, or played the step."""
    env = make_env()
    for episode in range(3):
        before: set[Any] = set()
        for k, step in enumerate(play(env, episode)):
            expected = set(env.agents) if k == 0 else before
            for name in vars(step) if k else ("observations", "infos"):
                missing = sorted(map(str, expected - getattr(step, name).keys()))
                require(not missing, f"At step {k}, the {name} lack {missing}.")
            before = set(env.agents) - ended_agents(step)


def ended_agents_leave(make_env: MakeEnv) -> None:
    """An agent that is terminated or truncated is no longer among the agents."""
    env = make_env()
    for step in episodes(env):
        stayed = sorted(map(str, ended_agents(step) & set(env.agents)))
        require(not stayed, f"{stayed} ended, and are still among the agents.")


def ended_agents_never_return(make_env: MakeEnv) -> None:
    """An agent that has ended must not play again before the next reset."""
    env = make_env()
    for episode in range(3):
        ended: set[Any] = set()
        for step in play(env, episode):
            back = sorted(map(str, ended & set(env.agents)))
            require(not back, f"{back} ended, and are among the agents again.")
            ended |= ended_agents(step)


def agents_stay_until_they_end(make_env: MakeEnv) -> None:
    """An agent must stay among the agents until it is terminated or truncated."""
    env = make_env()
    for episode in range(3):
        before: set[Any] = set()
        for step in play(env, episode):
            gone = sorted(map(str, before - set(env.agents) - ended_agents(step)))
            require(not gone, f"{gone} are no longer among the agents, but neither terminated nor truncated.")
            before = set(env.agents)


def spaces_are_kept(make_env: MakeEnv) -> None:
    """observation_space(agent) always returns the same, unchanged object, and so does action_space(agent)."""
    env = make_env()
    kinds = ("observation_space", "action_space")
    kept = {(kind, agent): getattr(env, kind)(agent) for kind in kinds for agent in env.possible_agents}
    copies = deepcopy(kept)
    for _ in episodes(env, 3):
        for (kind, agent), space in kept.items():
            require(getattr(env, kind)(agent) is space, f"{kind}({agent!r}) returns a new object.")
    for (kind, agent), space in kept.items():
        before = copies[kind, agent]
        require(space == before, f"{kind}({agent!r}) was {before} and is {space}.")


def observations_lie_in_spaces(make_env: MakeEnv) -> None:
    """Every observation, including the last one, lies in its space."""
    env = make_env()
    spaces = {agent: env.observation_space(agent) for agent in env.possible_agents}
    for step in many_steps(env):
        for agent, observation in step.observations.items():
            if agent in spaces and not spaces[agent].contains(observation):
                require(False, f"{agent} sees {observation!r}, outside {spaces[agent]}.")


def _play_through(env: Any, count: int) -> None:
    for episode in range(count):
        for k, _ in enumerate(play(env, episode)):
            require(k or env.agents, "No agent plays after a reset.")
