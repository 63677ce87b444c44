"""Deferred handling of signals, so that a run stops after the current update and its checkpoint."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM)


class Signaled(BaseException):
    """A collected signal arrived inside ``interruptible``.

    Attributes:
        number: Number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Collector:
    """A handler that records signals, and raises ``Signaled`` where this is allowed."""

    def __init__(self) -> None:
        self.caught: list[int] = []
        self.raises = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.caught.append(number)
        if self.raises:
            self.raises = False
            raise Signaled(number)


@contextmanager
def catch_signals(process_ends: bool = False) -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM inside the context, in the main thread; other threads collect nothing.

    Nested contexts share one list, and only the outermost restores the previous handlers.

    Args:
        process_ends: Whether the process ends after a signal. If so, later signals are ignored permanently, so that a
            second Ctrl-C does not interrupt the shutdown.
    """
    current = signal.getsignal(signal.SIGINT)
    if isinstance(current, _Collector):
        yield current.caught
        return
    if threading.current_thread() is not threading.main_thread():
        yield []
        return
    before = {number: signal.getsignal(number) for number in NUMBERS}
    collector = _Collector()
    for number in NUMBERS:
        signal.signal(number, collector)
    try:
        yield collector.caught
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if process_ends and collector.caught else handler)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let signals that ``catch_signals`` collects interrupt a long calculation at once, also those that came before it.

    Raises:
        Signaled: With the first signal.
    """
    current = signal.getsignal(signal.SIGINT)
    if not isinstance(current, _Collector) or threading.current_thread() is not threading.main_thread():
        yield
        return
    if current.caught:
        raise Signaled(current.caught[0])
    current.raises = True
    try:
        yield
    finally:
        current.raises = False
