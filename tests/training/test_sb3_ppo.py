"""PPO of stable-baselines3 on the riddle: what its data depend on, and the table of the experiment."""

import numpy as np
import pytest
from interlect.training.experiments import sb3_ppo


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(sb3_ppo, "STEPS", 3072)
    monkeypatch.setattr(sb3_ppo, "EPISODES", 20)


def data(model):
    buffer = model.rollout_buffer
    return [np.array(part) for part in (buffer.observations, buffer.actions, buffer.rewards, buffer.advantages)]


def test_the_seed_of_the_algorithm_determines_its_data():
    first, again, other = (data(sb3_ppo.train_policy("terminates", seed)) for seed in (3, 3, 4))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_the_table_compares_both_treatments_of_the_deadline():
    rows = sb3_ppo.run(3)
    assert list(rows) == ["deadline terminates", "deadline truncates"]
    assert all(0 <= row["return"] <= 1 and row["largest value"] > -5 for row in rows.values())
