"""A queue of tensors between two processes, in shared memory and with a delay; only ``wait`` blocks."""

import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

CAPACITY = 64
"""Largest number of messages in transit."""


class SharedQueue:
    """Messages of one shape, each readable ``delay`` seconds after it was sent.

    A sender never blocks: while ``CAPACITY`` messages are in transit, new ones are dropped. A receiver takes the newest
    message.

    Args:
        shape: the shape of one message.
        delay: the delay in seconds.
        lock: a lock made by the multiprocessing context of both processes.
    """

    def __init__(self, shape: Sequence[int], delay: float, lock: Any) -> None:
        self.delay, self.lock = delay, lock
        self.value = torch.zeros(CAPACITY, *shape).share_memory_()
        self.number = torch.full((CAPACITY,), -1).share_memory_()
        self.due = torch.zeros(CAPACITY, dtype=torch.float64).share_memory_()

    def send(self, number: int, value: Tensor) -> bool:
        """Send a message, whose number must exceed those of all earlier ones; returns False if it was dropped."""
        slot = number % CAPACITY
        with self.lock:
            now = time.monotonic()
            if self.due[slot] > now:
                return False
            self.value[slot], self.number[slot], self.due[slot] = value, number, now + self.delay
        return True

    def newest(self, after: int) -> tuple[int, Tensor] | None:
        """Number and value of the newest message that has arrived, if its number exceeds ``after``; else None."""
        with self.lock:
            arrived = (self.number > after) & (self.due <= time.monotonic())
            if not arrived.any():
                return None
            slot = int(torch.where(arrived, self.number, -1).argmax())
            return int(self.number[slot]), self.value[slot].clone()

    def wait(self, number: int) -> Tensor:
        """Wait for this message, and return its value."""
        while True:
            message = self.newest(number - 1)
            if message:
                return message[1]
            time.sleep(0)
