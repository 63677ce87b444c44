"""Worker processes that end with their parent: tasks that run in parallel, and signals that stop all of them."""

import multiprocessing
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from ...protocols.common.checks import check_integer
from ...protocols.common.errors import argument
from ...protocols.common.limits import MAX_WORKERS
from ...protocols.common.plugins import IMPORTED, import_plugin
from ..run_folders.checkpoints import DamagedCheckpointWarning, warn_damaged
from .interrupts import catch_signals
from .loop import Stopped

K = TypeVar("K", bound=Hashable)

Report = Callable[[Any], None]
"""Sends a report from a task to the parent process."""

GRACE = 0.3
"""Seconds that a signal sent to all processes may need to reach this one, after it has stopped a worker."""


class Interrupted(Exception):
    """A signal stopped the tasks.

    Attributes:
        number: Number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_tasks(
    function: Callable[..., Any],
    tasks: Mapping[K, tuple[Any, ...]],
    workers: int,
    on_report: Callable[[K, Any], object] | None = None,
    saves: bool = False,
) -> Generator[tuple[K, Any], None, None]:
    """Run ``function(report, *arguments)`` for each task in a process of its own, and yield each result when it ends.

    No worker outlives this process, or the generator when it is closed. SIGINT reaches only this process, which then
    stops the workers by SIGTERM.

    Args:
        function: A function of a module; it is called in the worker.
        tasks: Arguments by key; they are pickled.
        workers: Number of processes at the same time.
        on_report: Called in this process with each report of a task.
        saves: Whether a task handles SIGTERM by ``catch_signals``, to save its progress; otherwise SIGTERM ends it.

    Yields:
        Key and result.

    Raises:
        ValueError: If ``workers`` is below 1.
        Interrupted: After SIGINT or SIGTERM, when all workers have ended.
        ChildProcessError: If a worker was killed.
        Exception: The exception of a task, after the other workers have been stopped.
    """
    check_integer("workers", workers, 1, limit=MAX_WORKERS)
    waiting, working = list(tasks.items()), dict[K, _Worker]()
    with catch_signals() as caught:
        try:
            while (waiting or working) and not caught:
                while waiting and len(working) < workers:
                    key, arguments = waiting.pop(0)
                    working[key] = _Worker(function, arguments, saves)
                wait([worker.connection for worker in working.values()], timeout=0.2)
                for key, worker in list(working.items()):
                    for report in worker.reports():
                        if on_report:
                            on_report(key, report)
                    if isinstance(worker.error, ChildProcessError | Stopped):
                        time.sleep(GRACE)
                    if worker.ended and not caught:
                        yield key, working.pop(key).result()
        finally:
            for worker in working.values():
                worker.process.terminate()
            for worker in working.values():
                worker.process.join()
    if caught:
        raise Interrupted(caught[0])


@contextmanager
def dead_workers(again: str) -> Iterator[None]:
    """Add how to continue, such as "Use the same command again", to the error for a worker that was killed."""
    try:
        yield
    except ChildProcessError as error:
        cause = error.__cause__ or error
        raise ChildProcessError(f"{cause} {again}, perhaps with fewer {argument('workers')}.") from cause


class _Worker:
    """One process for one task. It shares no lock with other workers, so that killing it cannot block them."""

    def __init__(self, function: Callable[..., Any], arguments: Sequence[Any], saves: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(function, arguments, saves, list(IMPORTED), theirs))
        with _interrupts_blocked():
            self.process.start()
        theirs.close()
        self.ended = False
        self.error: Exception | None = None
        self._result: Any = None

    def reports(self) -> Iterator[Any]:
        """Reports since the last call. Sets ``ended`` when the task has ended."""
        while not self.ended and self.connection.poll():
            try:
                kind, content = self.connection.recv()
            except EOFError:
                reason = 'Either memory ran out, or the script lacks `if __name__ == "__main__":`.'
                kind, content = "error", ChildProcessError(f"A worker process died. {reason}")
            if kind == "report":
                yield content
                continue
            if kind == "warning":
                warn_damaged(content)
                continue
            self.ended = True
            if kind == "error":
                self.error = content
            else:
                self._result = content

    def result(self) -> Any:
        """Join the process after its end, and return the result of the task.

        Raises:
            Exception: The exception of the task.
            ChildProcessError: If the worker died without raising one.
        """
        self.process.join()
        if self.error:
            raise self.error
        return self._result


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block SIGINT, which a process started meanwhile inherits: Ctrl-C then reaches only this process, afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(
    function: Callable[..., Any], arguments: Sequence[Any], saves: bool, plugins: Sequence[str], connection: Connection
) -> None:
    end_with_parent()
    with catch_signals() if saves else nullcontext(), _sending_warnings(connection):
        try:
            for plugin in plugins:
                import_plugin(plugin)
            answer = "result", function(lambda content: connection.send(("report", content)), *arguments)
        except Exception as error:
            answer = "error", error
        connection.send(answer)


@contextmanager
def _sending_warnings(connection: Connection) -> Iterator[None]:
    """Let the parent process issue the warnings about damaged checkpoints."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def send(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, DamagedCheckpointWarning):
                connection.send(("warning", str(message)))
            else:
                show(message, category, *where, **more)

        warnings.showwarning = send
        warnings.simplefilter("default", DamagedCheckpointWarning)
        yield


def end_with_parent() -> None:
    """End this worker when its parent ends, so that it does not write to a folder that has been resumed since."""
    parent = multiprocessing.parent_process()

    def wait_and_end() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()
