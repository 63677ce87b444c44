"""``python -m interlect.training`` is the command line."""

import sys

from .command_line.entry_point import main

if __name__ == "__main__":
    sys.exit(main())
