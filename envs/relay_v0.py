"""The relay: a message passes along a chain of agents, and the last one names a function of all their pictures.

See ``interlect.envs.relay.env`` for the documentation of these environments.
"""

from .relay.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
