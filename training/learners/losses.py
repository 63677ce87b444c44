"""The losses: of DIAL and RIAL (Foerster et al. 2016), over whole episodes; and of agents without memory."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..rollouts.memoryless import Choices
from ..rollouts.recurrent import Episode, Policy
from .q_settings import Bootstrap


def td_targets(
    target: Policy, episode: Episode, gamma: float, agents: int, bootstrap: Bootstrap = "self"
) -> Float[Tensor, "T R"]:
    """One-step targets ``r_t + gamma V(t + 1)``, or returns; nothing follows the last step of an episode.

    The target network hears what was heard, and keeps a recurrent state of its own.

    Args:
        target: gives the values.
        episode: what happened.
        gamma: discount.
        agents: N.
        bootstrap: V is an agent's own best legal Q-value ("self"), or the mean of those of all agents of its lane that
            have a choice ("team"), which is right where the reward is shared. With "return" they build on nothing:
            targets are what was earned from there on, discounted.
    """
    if bootstrap == "return":
        return discounted(episode.reward * episode.live, gamma)
    with torch.inference_mode():
        memory, values = None, []
        for inputs in episode.inputs:
            outputs, memory = target(*inputs, memory)
            values.append(outputs["act"])
        best = torch.stack(values).masked_fill(~episode.legal, -torch.inf).amax(-1)
        if bootstrap == "team":
            best = team_value(best, episode.legal.sum(-1) > 1, agents)
        following = torch.cat([best[1:] * episode.live[1:], torch.zeros_like(best[:1])])
        targets: Tensor = episode.reward + gamma * following
        return targets


def discounted(reward: Float[Tensor, "T R"], gamma: float) -> Float[Tensor, "T R"]:
    """What is earned from each step on, or the discounted sum of whatever is given."""
    following, found = torch.zeros_like(reward[0]), []
    for now in reward.flip(0):
        following = now + gamma * following
        found.append(following)
    return torch.stack(found[::-1])


def team_value(best: Float[Tensor, "T R"], has_choice: Bool[Tensor, "T R"], agents: int) -> Float[Tensor, "T R"]:
    """The mean of ``best`` over the agents of a lane that have a choice; 0 where none has."""
    lanes = best.unflatten(1, (-1, agents))
    counted = has_choice.unflatten(1, (-1, agents)).to(best.dtype)
    mean: Tensor = (lanes * counted).sum(-1, keepdim=True) / counted.sum(-1, keepdim=True).clamp(min=1)
    return mean.expand_as(lanes).reshape(best.shape)


def dial_loss(episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """Squared TD error of actions only: a message's gradient comes back from its receivers' errors (equation 4)."""
    taken = episode.act.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
    return _mean_over_episodes((taken - targets) ** 2, episode.live)


def rial_loss(episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """The same, and the same target for each symbol sent, where somebody heard it (section 5.1)."""
    value = (episode.emit * episode.sent).sum(-1)
    error = ((value - targets.unsqueeze(-1)) ** 2).sum(-1)
    return dial_loss(episode, targets) + _mean_over_episodes(error, episode.live * episode.delivered)


def value_losses(choices: Choices) -> Float[Tensor, "M"]:
    """Squared errors of the value of what was done against the return that followed; no target network."""
    taken = choices.act.gather(-1, choices.action.unsqueeze(-1)).squeeze(-1)
    return (taken - choices.return_to_go) ** 2


def name_losses(choices: Choices, right: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
    """Cross-entropies of the right action among the legal ones."""
    return torch.nn.functional.cross_entropy(choices.act, right, reduction="none")


def score_loss(losses: Float[Tensor, "M"], said: Float[Tensor, "M"]) -> Float[Tensor, ""]:
    """REINFORCE (Williams 1992): its gradient is that of the expected loss, by the chances of what was drawn.

    The baseline of each is the mean of the others', which leaves that gradient unbiased.

    Args:
        losses: of each choice; no gradient goes there.
        said: log-probabilities of all that was drawn before it.
    """
    losses = losses.detach()
    others = (losses.sum() - losses) / max(len(losses) - 1, 1)
    return ((losses - others) * said).mean()


def entropy(log_probability: Float[Tensor, "*rows A"]) -> Float[Tensor, "*rows"]:
    """In nats; what is impossible adds nothing."""
    return -(log_probability.exp() * log_probability.clamp(min=-1e9)).sum(-1)


def _mean_over_episodes(error: Float[Tensor, "T R"], mask: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """Summed over steps, averaged over lanes and agents."""
    return (error * mask).sum() / error.shape[1]
