"""Checks of environments and cores: what PettingZoo's own tests let through. For games of any author.

    from interlect.envs.conformance import check, check_core
    check(lambda: my_parallel_env())
    check(lambda: my_other_env(), time_limit=25)  # one that truncates after 25 steps
    check(lambda: my_game(), house=True)  # also what the games of this package promise beyond PettingZoo
    check_core(lambda lanes, seed: MyCore(lanes=lanes, seed=seed))

Both raise ``Broken``, which names the rule that is broken. Run PettingZoo's ``parallel_api_test`` as well.
"""

from .core_checks import CORE_CHECKS, check_core
from .env_checks import CHECKS, check
from .rules import Broken
from .strict_checks import HOUSE_CHECKS

__all__ = ["CHECKS", "CORE_CHECKS", "HOUSE_CHECKS", "Broken", "check", "check_core"]
