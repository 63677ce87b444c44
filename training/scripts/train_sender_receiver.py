"""Sender and receiver (Lewis 1969): a sender describes an object, and a receiver names its attributes.

python -m interlect.training.scripts.train_sender_receiver --attributes 2 --values 10 --updates 1000
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import tyro
from gymnasium import spaces
from interlect.agents import Agent, Team, receiver, save_team, sender
from interlect.envs import game, returns_under_interventions
from interlect.envs.referential.rules import RECEIVER, SENDER, Referential
from interlect.protocols import Channel, Gumbel
from interlect.training.learners.sender_receiver import distinct_objects, split_receiver
from interlect.training.rollouts.schedules import cosine


@dataclass(frozen=True)
class Settings:
    """Settings of a run."""

    attributes: int = 2  # number of attributes of an object
    values: int = 10  # number of values of each attribute
    holdout: Literal["random", "compositional", "values"] = "random"  # which objects are held out of training
    holdout_share: float = 0.1  # approximate share of objects held out
    seed: int = 0
    updates: int = 1000
    batch: int = 512  # episodes per update
    width: int = 512  # width of the hidden layers
    network: Literal["mlp", "gru", "lstm"] = "mlp"  # all symbols at once, or one after another
    vocabulary: int = 10  # number of symbols (V)
    length: int = 2  # symbols per message (L)
    learning_rate: float = 1e-2  # at the first update; half-cosine annealing takes it to 0
    max_grad_norm: float = 1.0  # largest norm of the gradient
    evaluate_every: int = 50  # updates between evaluations
    out: Path = Path("runs/train_sender_receiver")  # folder of the trained team


def main(settings: Settings) -> Team:
    """Train a sender and a receiver, print what the messages are worth, and save both."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)

    # The game: a batch of training objects, and the game with held-out objects for evaluation.
    options = {name: getattr(settings, name) for name in ("attributes", "values", "holdout", "holdout_share")}
    core = Referential(2, settings.batch, settings.seed, task="reconstruct", split="train", **options)
    held_out = game("referential_v0", task="reconstruct", split="held_out", **options)

    # The channel, the sender, and the receiver, which encodes a message once and uses it for every question.
    carrier = Gumbel(settings.vocabulary, settings.length, straight_through=False)
    channel = Channel(carrier, credit="through")
    sizes = spaces.flatdim(core.observation_space), core.actions, carrier, settings.width, settings.network
    agents = [Agent(sender(*sizes, scale=3.0)), Agent(receiver(*sizes, questions=core.horizon - 1))]
    message_encoder, answerer = split_receiver(agents[RECEIVER])
    parameters = [parameter for agent in agents for parameter in agent.parameters()]
    optimizer = torch.optim.Adam(parameters, settings.learning_rate)
    for update in range(settings.updates):
        rng = np.random.default_rng([settings.seed, update])
        torch.manual_seed(int(rng.integers(2**63)))
        for agent in agents:
            agent.train()
        # The sender describes the objects of the batch, each distinct one once.
        step = core.reset()
        first, lane = distinct_objects(core.sender_view)
        outputs, _ = agents[SENDER](torch.from_numpy(step.observation[first, SENDER]), None)
        sent = channel.send(outputs["emit"][lane], torch.from_numpy(carrier.noise((core.lanes,), rng)))
        heard, _ = message_encoder(carrier.decode(sent)[:, None], None)
        # The receiver answers all questions; the gradient of its cross-entropy trains both.
        losses, action = torch.zeros(core.lanes), np.zeros((core.lanes, core.agents), dtype=np.int64)
        for _ in range(core.horizon - 1):
            step = core.step(action)
            inputs = {"observation": torch.from_numpy(step.observation[:, RECEIVER]), **heard}
            outputs, _ = answerer(*(inputs[name] for name in answerer.graph.inputs), None)
            logits = outputs["action_head_out"].masked_fill(~torch.from_numpy(step.legal[:, RECEIVER]), -torch.inf)
            action[:, RECEIVER] = correct = core.correct_action
            losses = losses + torch.nn.functional.cross_entropy(logits, torch.from_numpy(correct), reduction="none")
        loss = losses.mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, settings.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = cosine(settings.learning_rate, 0.0, update / settings.updates)
        optimizer.step()
        # Evaluate: with the messages sent, with none, and with messages shuffled between episodes; exactly at the end.
        last = update + 1 == settings.updates
        if last or (update + 1) % settings.evaluate_every == 0:
            team, episodes = Team(agents, channel), None if last else 1024
            returns = returns_under_interventions(held_out, core.agents, team, channel, episodes, exact=last)
            print(f"update {update + 1}: loss {loss.item():.4f}, return {returns}")
    save_team(settings.out, team)
    return team


if __name__ == "__main__":
    main(tyro.cli(Settings))
