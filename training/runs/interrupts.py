"""Signals that wait until what is being saved is saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM)


class _Collector:
    """A handler that notes signals instead of dying of them."""

    def __init__(self) -> None:
        self.caught: list[int] = []

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.caught.append(number)


@contextmanager
def catch_signals(process_ends: bool = False) -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM inside, in the main thread; elsewhere nothing is collected.

    One inside another collects into the same list, and only the outer one gives the signals back.

    Args:
        process_ends: once something was caught the process is about to end: later signals are ignored for good, so that
            an impatient second one does not kill it on its way out.
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
