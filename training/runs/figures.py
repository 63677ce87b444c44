"""Formatting of numbers."""

from typing import Any

import numpy as np


def decimals(value: float | np.floating[Any] | None) -> str:
    """Format a value with four decimals and zero without a sign; a missing value is a dash."""
    return "–" if value is None else f"{value:z.4f}"
