"""What every room shares: errors, checks, files, random draws, and the ``Player`` protocol."""
