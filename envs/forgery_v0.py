"""Forgery; see ``interlect.envs.forgery.env``."""

from .forgery.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
