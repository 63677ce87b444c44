"""Tasks for other processes, importable there under this name in every way of running the tests."""

import os
import time

from interlect.training.run_folders.locking import locked


def double(report, value):
    report(("half", value))
    return 2 * value


def fail(report, value):
    raise ValueError(f"{value} cannot be")


def die(report, value):
    os._exit(3)


def linger(report, seconds):
    time.sleep(seconds)


def hold_lock(folder, held, done):
    with locked(folder):
        held.set()
        done.wait(60)
