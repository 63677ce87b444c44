"""Naming digits: each agent sees a handwritten digit and names it. There is no communication.

See ``interlect.envs.digits.env`` for the documentation of these environments.
"""

from .digits.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
