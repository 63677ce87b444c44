"""How figures are printed."""

from typing import Any

import numpy as np


def decimals(value: float | np.floating[Any] | None) -> str:
    """Four decimals, a zero without a sign; a dash for a missing value."""
    return "–" if value is None else f"{value:z.4f}"
