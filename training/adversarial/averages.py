"""Moving averages of parameters, which are evaluated instead of the newest parameters."""

import torch
from torch import nn


@torch.no_grad()
def update_average(average: nn.Module, newest: nn.Module, decay: float) -> None:
    """Move the parameters of an average towards the newest ones (Yazici et al. 2019, arXiv:1806.04498, eq. 9).

    Buffers, such as running statistics, are copied.

    Args:
        average: The module whose parameters are averages, changed in place.
        newest: The module that is trained, of the same structure.
        decay: Weight of the old average; 0 copies the newest parameters.
    """
    for old, new in zip(average.parameters(), newest.parameters(), strict=True):
        old.lerp_(new, 1 - decay)
    for copied, new_value in zip(average.buffers(), newest.buffers(), strict=True):
        copied.copy_(new_value)
