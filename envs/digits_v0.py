"""Naming digits: each agent sees a handwritten digit and names it. Nobody hears anybody.

See ``interlect.envs.digits.env`` for the page of this environment.
"""

from .digits.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
