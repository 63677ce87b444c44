"""Code that all packages share: errors, checks, files, random numbers, and the ``Player`` protocol."""
