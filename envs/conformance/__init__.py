"""Conformance checks of environments and cores, including third-party ones, beyond PettingZoo's own tests.

    from interlect.envs.conformance import check, check_core
    check(lambda: my_parallel_env())
    check(lambda: my_other_env(), time_limit=25)  # an environment that truncates after 25 steps
    check(lambda: my_game(), strict=True)  # also the stricter rules that the games of this package follow
    check_core(lambda lanes, seed: MyCore(lanes=lanes, seed=seed))

Both raise ``ConformanceError``, which names the violated rule. Run PettingZoo's ``parallel_api_test`` as well.
"""

from .core_checks import CORE_CHECKS, check_core
from .env_checks import CHECKS, check
from .rules import ConformanceError
from .strict_checks import STRICT_CHECKS

__all__ = ["CHECKS", "CORE_CHECKS", "STRICT_CHECKS", "ConformanceError", "check", "check_core"]
