"""Contents of the JSON files of a run, as typed dictionaries."""

from typing import Annotated, Any, NotRequired, TypedDict

from ...protocols.common.draws import LAST_SEED
from ...protocols.common.schemas import Count, Range, Real, Seconds


class Config(TypedDict):
    """config.json: settings, a digest of the team's structure, versions of libraries, and digests of files by path.

    The files are those outside the run's folder that the run reads.
    """

    settings: dict[str, Any]
    structure: str
    files: NotRequired[dict[str, str]]
    versions: dict[str, str]


class Plan(TypedDict):
    """seeds.json: the settings of several runs, and their seeds."""

    settings: dict[str, Any]
    seeds: list[Count]


class Manifest(TypedDict):
    """manifest.json of a checkpoint: a digest of the run, and the SHA-256 of each file."""

    run: str
    files: dict[str, str]


class UsedSeconds(TypedDict):
    """Seconds used so far."""

    cpu: Seconds
    wall: Seconds


class GameCounters(TypedDict):
    """Counters of the random numbers of a game."""

    seed: Annotated[int, Range(0, LAST_SEED)]
    episode: list[Annotated[int, Range(0, 2**32 - 1)]]


class Counters(TypedDict):
    """counters.json of a checkpoint."""

    updates: Count
    episodes: Count
    environment_steps: Count
    game: GameCounters
    seconds: UsedSeconds


class MetricsRow(TypedDict):
    """A row of metrics.jsonl."""

    updates: Count
    episodes: Count
    environment_steps: Count
    loss: Real
    return_mean: Real
    normalized_return: Real | None
    communication_gain: Real | None
    standard_error: Real
    no_communication_normalized: Real | None
    measures: NotRequired[dict[str, Real]]
    cpu_seconds: Seconds
    wall_seconds: Seconds


class StatedReturn(TypedDict):
    """A reference return."""

    name: str
    value: Real
    kind: str
    how: str


class Measured(TypedDict):
    """An evaluation."""

    return_mean: Real
    standard_error: Real
    normalized_return: Real | None
    communication_gain: Real | None
    communication_gain_reason: str | None
    oracle: StatedReturn | None
    no_communication: StatedReturn | None
    measures: NotRequired[dict[str, Real]]
    how: str


class Result(Measured):
    """result.json: what was trained, counters, and the evaluation."""

    game: str
    agents: Count
    recipe: str
    seed: Count
    shared: bool
    silent: bool
    batch: Count
    updates: Count
    episodes: Count
    environment_steps: Count
    cpu_seconds: Seconds
    wall_seconds: Seconds
    evaluation_episodes: Count
    training_split: NotRequired[Measured]


class Spread(TypedDict):
    """Mean and spread over seeds."""

    mean: Real
    standard_deviation: Real | None
    minimum: Real
    median: Real
    maximum: Real


class Spreads(TypedDict):
    """Spreads of the results of several seeds."""

    normalized_return: Spread | None
    return_mean: Spread
    measures: NotRequired[dict[str, Spread]]


class Aggregate(Spreads):
    """aggregate.json: the results of several seeds."""

    game: str
    agents: Count
    recipe: str
    updates: Count
    seeds: Count
    training_split: Spreads | None
    normalized_return_by_seed: dict[str, Real | None]


class StudyFile(TypedDict):
    """study.json: measurements of a protocol."""

    population: str
    metrics: dict[str, Any]
    failed: dict[str, str]


class ScorecardSide(TypedDict):
    """The scorecard of one folder in operators.json."""

    rows: list[dict[str, Any]]
    by_seed: dict[str, list[dict[str, Any]]]
    origins: dict[str, dict[str, Any]]
