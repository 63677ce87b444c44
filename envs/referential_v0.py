"""The referential game: a sender sees an object, and a receiver finds it among others, or names its attributes.

See ``interlect.envs.referential.env`` for the documentation of these environments.
"""

from .referential.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
