"""The learner behind signaling: objects of a batch go through sender, channel and receiver once, and Adam."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from ...agents import Agent, Team, Together, receiver, sender
from ...agents.operators import extract
from ...envs.core.registry import make_core
from ...envs.referential.rules import RECEIVER, SENDER, Referential
from ...protocols import Sampled
from ...protocols.channels.symbols import SymbolCarrier
from ...protocols.common.errors import bad
from ..rollouts.warm_start import initial_agents
from .base import Learner, check_cpu, check_game, cosine, lay_out, norm_clipped
from .losses import entropy, score_loss
from .sender_receiver import SenderReceiver

EAR = "hear"


class SenderReceiverLearner(Learner[SenderReceiver]):
    """A sender, a receiver, and Adam."""

    def __init__(self, settings: SenderReceiver, start: Team | None = None) -> None:
        check_game(settings)
        check_cpu(settings)
        if settings.shared:
            raise bad("Sender and receiver are agents of their own", "--shared", "Give --no-shared.")
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        assert isinstance(core, Referential)
        make_core(settings.game, **settings.options())  # what it is evaluated on is there too
        self.game = core
        self.channel = replace(settings.channel(1.0), cut=start.channel.cut if start else ())
        carrier, (size,) = self.channel.carrier, core.observation_space.shape or ()
        assert isinstance(carrier, SymbolCarrier)
        questions, candidates = (0, core.candidates) if core.discriminates else (core.horizon - 1, 0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            sizes = size, core.actions, carrier, settings.width, settings.network
            fresh = [Agent(sender(*sizes, settings.scale)), Agent(receiver(*sizes, questions, candidates))]
        self.agents = initial_agents(start, fresh, self.channel)
        self.pair = Together(self.agents)
        self.ear, self.mind = _parted(self.agents[RECEIVER])
        optimizer = torch.optim.Adam(self.pair.parameters(), lr=settings.learning_rate, foreach=True)
        lay_out(optimizer, "exp_avg", "exp_avg_sq")
        super().__init__(settings, core, {"pair": self.pair}, optimizer)

    def update(self) -> float:
        settings, core = self.settings, self.game
        rng = np.random.default_rng([settings.seed, self.updates])
        self.pair.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            losses, said, undecided = self.signal(rng)
        loss = losses.mean()
        if isinstance(self.channel.carrier, Sampled):
            loss = loss + score_loss(losses, said) - settings.entropy * undecided.mean()

        rate = cosine(settings.learning_rate, 0.0, self.updates / settings.updates)
        return self._descend(loss, rate, norm_clipped(settings.max_grad_norm), core.lanes * core.horizon)

    def signal(self, rng: np.random.Generator) -> tuple[Float[Tensor, "B"], Float[Tensor, "B"], Float[Tensor, "B"]]:
        """Show the sender the next objects, each of them once, and ask the receiver for all there is to answer.

        Returns:
            The receiver's cross-entropy lane by lane, summed over attributes; log-probabilities of what was said; and
            entropies of what might have been, in nats.
        """
        core, carrier = self.game, self.channel.carrier
        step = core.reset()
        first, lane = _once(core.sender_view)
        unlike = self.agents[SENDER](torch.from_numpy(step.observation[first, SENDER]), None)[0]["emit"]
        chances = unlike.log_softmax(-1)
        emit, undecided = unlike[lane], entropy(chances).sum(-1)[lane]
        noise = carrier.noise((core.lanes,), rng)
        sent = self.channel.send(emit, None if noise is None else torch.from_numpy(noise))
        hears = not self.settings.silent and (SENDER, RECEIVER) not in self.channel.cut
        message = carrier.decode(sent)[:, None]
        ((heard,),) = (self.ear(message if hears else torch.zeros_like(message), None)[0].values(),)
        losses = torch.zeros(core.lanes)
        wait = np.zeros((core.lanes, core.agents), dtype=np.int64)
        for _ in range(core.horizon - 1):
            step = core.step(wait)
            asked, legal = (torch.from_numpy(x[:, RECEIVER]) for x in (step.observation, step.legal))
            right = core.right_action
            known = {"observation": asked, f"{EAR}_out": heard}
            outputs, _ = self.mind(*(known[name] for name in self.mind.graph.inputs), None)
            answers = outputs["act_out"].masked_fill(~legal, -torch.inf)
            losses = losses + nn.functional.cross_entropy(answers, torch.from_numpy(right), reduction="none")
            wait[:, RECEIVER] = right
        said = _said(chances, lane, sent) if isinstance(carrier, Sampled) else losses.new_zeros(len(losses))
        return losses, said, undecided

    def team(self) -> Team:
        return Team([agent.eval() for agent in self.pair.agents()], self.channel)


def _once(look: Int64[np.ndarray, "B"]) -> tuple[Int64[np.ndarray, "K"], Int64[np.ndarray, "B"]]:
    """A lane of each object that is shown, and for each lane which of these it equals.

    One object alone stays a batch, which batch normalization needs.
    """
    _, first, lane = np.unique(look, return_index=True, return_inverse=True)
    every = np.arange(len(look))
    return (first, lane) if len(first) > 1 else (every, every)


def _said(
    chances: Float[Tensor, "K length V"], lane: Int64[np.ndarray, "B"], sent: Float[Tensor, "B length V"]
) -> Float[Tensor, "B"]:
    """``Sampled.log_probability`` of each lane, from that of each object, without a copy of it for each lane."""
    symbol = sent.argmax(-1)
    there = sent.gather(-1, symbol[..., None]).squeeze(-1)
    each = chances[torch.from_numpy(lane)[:, None], torch.arange(sent.shape[1]), symbol]
    return (each * there).sum(-1)


def _parted(agent: Agent) -> tuple[Agent, Agent]:
    """What an agent hears with, and all else, over the same parameters: what it hears once, it is asked about often.

    Raises:
        ValueError: if it has no module ``hear`` that nothing but the message goes into.
    """
    graph = agent.graph
    before = {wire.source for wire in graph.wires if wire.receiver == EAR}
    if EAR not in graph.modules or before != {"input.heard"}:
        received = f"modules {', '.join(graph.modules)}; {EAR} hears {', '.join(sorted(before)) or 'nothing'}"
        raise bad(f"A receiver hears the message in a module {EAR}, and nothing else goes there", received, "Add it.")
    rest = [name for name in graph.modules if name != EAR]
    return Agent(extract(graph, [EAR]).after), Agent(extract(graph, rest).after)
