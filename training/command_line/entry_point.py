"""The entry point of the command line, which an interrupt also ends while the package is being imported."""

import signal
import sys


def main() -> int:
    """Run one command, as ``command_line.main.main`` does.

    Returns:
        The exit status.
    """
    try:
        from .main import main as run  # imports PyTorch, which takes seconds

        return run()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. No files were being written.\n")
        return 128 + signal.SIGINT
