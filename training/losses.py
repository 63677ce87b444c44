"""The losses of DIAL and RIAL: Q-learning over whole episodes, on-policy, without replay (Foerster et al. 2016)."""

import torch
from jaxtyping import Float
from torch import Tensor

from .unroll import Episode, Network


def td_targets(target: Network, episode: Episode, gamma: float) -> Float[Tensor, "T R"]:
    """One-step targets ``r_t + gamma max_u Q'(t + 1, u)``; nothing follows the last step of an episode.

    The target network hears what was heard, and keeps a recurrent state of its own.
    """
    with torch.inference_mode():
        memory, values = None, []
        for inputs in episode.inputs:
            outputs, memory = target(*inputs, memory)
            values.append(outputs["act"])
        best = torch.stack(values).masked_fill(~episode.legal, -torch.inf).amax(-1)
        following = torch.cat([best[1:] * episode.live[1:], torch.zeros_like(best[:1])])
        return episode.reward + gamma * following


def dial_loss(episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """Squared TD error of actions only: a message's gradient comes back from its receivers' errors (equation 4)."""
    taken = episode.act.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
    return _mean_over_episodes((taken - targets) ** 2, episode.live)


def rial_loss(episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """The same, and the same target for each symbol sent, where somebody heard it (section 5.1)."""
    value = (episode.emit * episode.said).sum(-1)
    error = ((value - targets.unsqueeze(-1)) ** 2).sum(-1)
    return dial_loss(episode, targets) + _mean_over_episodes(error, episode.live * episode.overheard)


def _mean_over_episodes(error: Float[Tensor, "T R"], mask: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """Summed over steps, averaged over lanes and agents."""
    return (error * mask).sum() / error.shape[1]
