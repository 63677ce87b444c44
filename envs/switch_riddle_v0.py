"""The switch riddle: N prisoners find out, through one switch, when all of them have been in the room.

See ``interlect.envs.switch_riddle.env`` for the documentation of these environments.
"""

from .switch_riddle.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
