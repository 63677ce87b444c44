"""The relay: a message goes from hand to hand, and the last hand must name a function of all pictures on the way.

See ``interlect.envs.relay.env`` for the page of this environment.
"""

from .relay.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
