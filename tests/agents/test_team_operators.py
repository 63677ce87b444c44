"""Operators on teams: a module is a whole agent, a wire is a channel."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from interlect.agents import GRU, Agent, Graph, Linear, Port, Team, Wire, cnet, load_team, relay_agent, save_team
from interlect.agents.operators import augment, exclude, extract, inside, lift, port, reorder, split, substitute
from interlect.envs import play
from interlect.envs.relay.rules import Relay
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import DRU, Channel, Symbols
from small_graphs import chain, said

CARRIER = Symbols(5)
CHANNEL = Channel(CARRIER)


def made(seed, longest=5):
    torch.manual_seed(seed)
    return Agent(relay_agent(64, longest + 2, CARRIER, width=8))


def team(agents=4):
    return Team([made(seed) for seed in range(agents)], CHANNEL)


def riddlers(agents=3, own=True):
    torch.manual_seed(0)
    graphs = [cnet(agents, 1, 2, 2, DRU(), own_message=False, width=8) for _ in range(agents if own else 1)]
    return Team([Agent(graph) for graph in graphs], Channel(DRU()))


def played(team, chain=None, lanes=32, longest=5):
    chains = "private" if chain is None else np.array([chain])
    return play(Relay(len(team.agents), lanes, 3, chains=chains, longest=longest), team, team.channel)


def alike(a, b, **how):
    one, two = played(a, **how), played(b, **how)
    return np.array_equal(one.sent, two.sent) and np.array_equal(one.action, two.action)


def test_an_excluded_agent_is_gone_and_those_after_it_move_up():
    full = team()
    done = exclude(full, "agent_1")
    assert list(done.after.agents) == [full.agents[seat] for seat in (0, 2, 3)]
    assert done.touched == ("agent_0", "agent_1", "agent_2")
    assert done.claim.kind == "measured"
    assert played(done.after).present[1, :, 1, 0].all()


def test_what_is_cut_is_not_heard():
    full = team()
    done = exclude(full, Wire("agent_1.emit", "agent_2.heard"))
    assert done.after.channel.cut == ((1, 2),)
    assert done.touched == ("agent_2",)
    before, after = played(full), played(done.after)
    assert before.present[2, :, 2, 1].all()
    assert not after.present[2].any()
    assert after.present[1, :, 1, 0].all()
    assert after.present[3, :, 3, 2].all()
    assert np.array_equal(before.sent[1], after.sent[1])


def test_an_agent_that_is_cut_neither_hears_nor_is_heard():
    after = played(exclude(team(), "agent_1", bypass=False).after)
    assert not after.present[1].any()
    assert not after.present[2].any()
    assert after.present[3].any()


def test_seats_move_up_with_what_is_cut():
    one = exclude(team(), Wire("agent_2.emit", "agent_3.heard")).after
    assert exclude(one, "agent_0").after.channel.cut == ((1, 2),)
    assert exclude(one, "agent_2").after.channel.cut == ()


def test_reorder_twice_is_the_identity_and_once_is_another_chain():
    full = team()
    once = reorder(full, "agent_0", "agent_2")
    assert once.claim.kind == "measured"
    assert [id(a) for a in reorder(once.after, "agent_0", "agent_2").after.agents] == [id(a) for a in full.agents]
    assert once.after.agents[0] is full.agents[2]
    assert reorder(full.spread(4), "agent_1", "agent_2").claim.kind == "measured"
    assert reorder(Team([made(0)], CHANNEL).spread(4), "agent_1", "agent_2").claim.kind == "exact"


def test_a_copy_in_a_seat_changes_nothing():
    full = team()
    done = substitute(full, "agent_2", copy.deepcopy(full.agents[2]))
    assert done.claim.kind == "exact"
    assert alike(full, done.after)
    other = substitute(full, "agent_2", made(9))
    assert other.claim.kind == "ports exact"
    assert not alike(full, other.after)


def test_a_new_agent_changes_nothing_while_it_is_in_no_chain():
    full = team()
    done = augment(full, "agent_4", made(7))
    assert done.claim.kind == "exact"
    before, after = played(full, (0, 1, 2, 3)), played(done.after, (0, 1, 2, 3))
    assert np.array_equal(before.action, after.action[:, :, :4])
    assert np.array_equal(before.sent, after.sent[:, :, :4])
    alone = played(done.after, (0, 1, 4))
    assert not alone.present[2].any()
    wires = [Wire("agent_1.emit", "agent_4.heard")]
    joined = augment(full, "agent_4", made(7), wires)
    assert joined.claim.kind == "measured"
    assert joined.touched == ("agent_4",)
    assert played(joined.after, (0, 1, 4)).present[2, :, 4, 1].all()


def test_augment_then_exclude_is_the_identity():
    full = team()
    back = exclude(augment(full, "agent_4", made(7)).after, "agent_4").after
    assert list(back.agents) == list(full.agents)
    assert back.channel == full.channel


@pytest.mark.parametrize("at", [1, 4, 6, 7])
def test_one_agent_becomes_two_that_share_its_seat(tmp_path, at):
    full = team()
    done = split(full, "agent_1", at=at, into=("looks", "thinks"))
    assert done.touched == ("agent_1.looks", "agent_1.thinks")
    assert alike(full, done.after)
    ours, theirs = ({id(p) for p in t.agents[1].parameters()} for t in (full, done.after))
    assert ours == theirs
    save_team(tmp_path / "team", done.after)
    assert alike(full, load_team(tmp_path / "team"))


def test_an_agent_with_a_memory_becomes_two():
    full = riddlers()
    order = full.agents[0].graph.order()
    at = order.index("rnn") + 1
    done = split(full, "agent_2", at=at)
    one, two = (play(SwitchRiddle(3, 50, 5), t, t.channel) for t in (full, done.after))
    assert np.array_equal(one.action, two.action)
    assert np.array_equal(one.sent, two.sent)


def test_private_eyes_become_one(tmp_path):
    full = team()
    done = full
    for name in ("image_features", "observation_encoder"):
        done = lift(done, [f"agent_{seat}.{name}" for seat in range(4)]).after
    assert all(
        agent.graph.modules["image_features"] is full.agents[0].graph.modules["image_features"] for agent in done.agents
    )

    def count(t):
        return len({id(p) for agent in t.agents for p in agent.parameters()})

    assert count(full) - count(done) == 3 * 4
    save_team(tmp_path / "team", done)
    again = load_team(tmp_path / "team")
    assert count(again) == count(done)
    assert alike(done, again)


def test_equal_eyes_are_lifted_exactly():
    full = team()
    twins = substitute(full, "agent_1", copy.deepcopy(full.agents[0])).after
    done = lift(twins, ["agent_0.image_features", "agent_1.image_features"])
    assert done.claim.kind == "exact"
    assert alike(twins, done.after)
    assert lift(full, ["agent_0.image_features", "agent_1.image_features"]).claim.kind == "measured"


def test_one_agent_is_lifted_into_all_seats(tmp_path):
    done = lift(team(), ["agent_2", "agent_0", "agent_1", "agent_3"]).after
    assert len({id(agent) for agent in done.agents}) == 1
    assert alike(done, Team([done.agents[0]], CHANNEL).spread(4))
    save_team(tmp_path / "team", done)
    assert len({id(agent) for agent in load_team(tmp_path / "team").agents}) == 1


def test_inside_one_agent_an_operator_of_graphs():
    full = team()
    done = inside(full, "agent_1", augment, "more", Linear(8, (8,)), on=Wire("hidden.out", "message_head.x"))
    assert done.touched == ("agent_1.more",)
    assert done.claim.kind == "exact"
    assert alike(full, done.after)
    assert "more" not in full.agents[1].graph.modules


def test_an_agent_is_a_module_elsewhere():
    full = team()
    ends = full.agents[0].graph.inputs
    context = {"picture": Port((10,)), "heard": ends["heard"], "present": ends["present"]}
    wires = [
        Wire("input.picture", "eyes.x"),
        Wire("eyes.out", "agent_1.observation"),
        Wire("input.heard", "agent_1.heard"),
        Wire("input.present", "agent_1.present"),
        Wire("agent_1.act", "output.act"),
    ]
    done = port(
        full, ["agent_1"], context, {"act": full.agents[1].graph.outputs["act"]}, {"eyes": Linear(10, (64,))}, wires
    )
    assert done.claim.kind == "body unchanged"
    assert done.touched == ("eyes",)
    new = done.after.agents[0]
    new(torch.zeros(2, 10), torch.zeros(2, 1, 5), torch.zeros(2, 1), None)[0]["act"].sum().backward()
    assert new.eyes.map.weight.grad is not None
    assert all(p.grad is None for p in full.agents[1].parameters())


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("name", ["agent_0", "agent_1"])
def test_a_ported_agent_remembers(name, frozen):
    full = Team([riddlers().agents[0], Agent(chain(GRU(4)))], Channel(DRU()))
    old = full.agents[full.names.index(name)]
    inputs, outputs = old.graph.inputs, old.graph.outputs
    wires = [Wire(f"input.{end}", f"{name}.{end}") for end in inputs]
    wires += [Wire(f"{name}.{end}", f"output.{end}") for end in outputs]
    new = port(full, [name], inputs, outputs, {}, wires, frozen).after.agents[0]
    assert [str(wire) for wire in new.graph.delayed_wires()] == [f"{name}.memory -> {name}.memory a step later"]
    torch.testing.assert_close(said(new.eval(), steps=5), said(old.eval(), steps=5), atol=1e-6, rtol=0)


def test_a_ported_riddler_plays_as_it_did():
    full = riddlers(own=False)
    ends = full.agents[0].graph.inputs, full.agents[0].graph.outputs
    wires = [Wire(f"input.{end}", f"agent_0.{end}") for end in ends[0]]
    wires += [Wire(f"agent_0.{end}", f"output.{end}") for end in ends[1]]
    ported = port(full, ["agent_0"], *ends, {}, wires).after
    one, two = (play(SwitchRiddle(3, 50, 5), team, team.channel) for team in (full, ported))
    assert np.array_equal(one.action, two.action)


def test_a_part_of_a_team_is_a_team():
    full = team()
    done = extract(full, ["agent_3", "agent_1"])
    assert list(done.after.agents) == [full.agents[1], full.agents[3]]
    assert done.claim.sentence.startswith("agent_1, agent_3 play")


def test_channels_that_are_cut_between_those_taken_stay_cut():
    cut = exclude(exclude(team(), Wire("agent_1.emit", "agent_3.heard")).after, Wire("agent_0.emit", "agent_1.heard"))
    assert extract(cut.after, ["agent_1", "agent_3"]).after.channel.cut == ((0, 1),)


def test_agents_with_different_memories_sit_together():
    full = riddlers()
    mixed = inside(full, "agent_1", split, "rnn").after
    one, two = (play(SwitchRiddle(3, 50, 5), t, t.channel) for t in (full, mixed))
    assert np.array_equal(one.action, two.action)
    assert len(mixed.agents[1].graph.delayed_wires()) > len(full.agents[1].graph.delayed_wires())


def test_a_riddle_without_one_prisoner():
    small = exclude(riddlers(own=False).spread(3), "agent_0").after
    assert play(SwitchRiddle(2, 20, 1), small, small.channel).live.any()


def test_a_shared_agent_is_changed_in_all_its_seats_and_keeps_its_mode():
    shared = Team([made(0).eval()], CHANNEL).spread(3)
    for done in (inside(shared, "agent_1", exclude, "dropout"), split(shared, "agent_1")):
        first, *others = done.after.agents
        assert first is not shared.agents[0]
        assert all(other is first for other in others)
        assert not first.training
    assert split(Team([made(0).train(), made(1)], CHANNEL), "agent_0").after.agents[0].training


def test_those_around_one_that_is_cut_off_are_touched():
    assert exclude(team(), "agent_1", bypass=False).touched == ("agent_0", "agent_2", "agent_3")


def test_lifting_is_exact_if_all_were_copies():
    agents = [made(0), made(1), made(0)]
    for place in ("", ".image_features"):
        names = [f"agent_{seat}{place}" for seat in range(3)]
        assert lift(Team(agents, CHANNEL), names).claim.kind == "measured"
        assert lift(Team([made(0) for _ in range(3)], CHANNEL), names).claim.kind == "exact"


OTHER = Agent(Graph({"x": Port((3,))}, {"y": Port((3,))}, {}, (Wire("input.x", "output.y"),)))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda t: exclude(t, "agent_7"), "agent_7.*agent_0"),
        (lambda t: exclude(extract(t, ["agent_0", "agent_1"]).after, "agent_0"), "at least two agents.*bypass"),
        (lambda t: exclude(t, Wire("agent_0.act", "agent_1.heard")), "channel must lead from.*agent_0.act"),
        (lambda t: exclude(t, Wire("agent_0.emit", "agent_0.heard")), "channel must lead from"),
        (lambda t: exclude(exclude(t, W).after, W), "open"),
        (lambda t: substitute(t, "agent_0", OTHER), "inputs and outputs.*missing"),
        (lambda t: substitute(t, "agent_0", Linear(3, (3,))), "an Agent.*Linear"),
        (lambda t: augment(t, "agent_9", made(0)), "after the last.*agent_9"),
        (lambda t: augment(t, "agent_4", made(0, longest=6)), "inputs and outputs"),
        (lambda t: augment(t, "agent_4", made(0), [W]), "to or from the new agent_4"),
        (lambda t: extract(t, []), r"at least two agents; received \[\]"),
        (lambda t: extract(t, ["agent_1", "agent_1"]), r"at least two agents; received \['agent_1', .*team\.agents"),
        (lambda t: split(t, "agent_0", at=0), "a whole number of its 10 modules.*received 0"),
        (lambda t: split(t, "agent_0", at=5), "must have one output"),
        (lambda t: lift(t, ["agent_0.image_features", "agent_1"]), "or whole agents"),
        (
            lambda t: lift(t, ["agent_0.image_features", "agent_1.action_head"]),
            r"agent_0\.image_features\.\w+ .*, agent_1\.action_head\.",
        ),
        (lambda t: lift(t, ["agent_0.image_features", "agent_1.eyes"]), "module of agent_1"),
        (lambda t: reorder(t, "agent_0", "agent_8"), "agent_8"),
        (lambda t: t.spread(3), "3 seats"),
    ],
)
def test_an_illegal_request_names_both_ends_and_the_remedy(ask, words):
    with pytest.raises(ValueError, match=f"(?s){words}"):
        ask(team())


W = Wire("agent_0.emit", "agent_1.heard")


def test_what_is_cut_is_checked():
    with pytest.raises(ValueError, match="pairs of seats"):
        Channel(CARRIER, cut=((0, -1),))
    with pytest.raises(ValueError, match="seats 0 to 3"):
        played(replace(team(), channel=Channel(CARRIER, cut=((0, 9),))))
