"""A run: loop, folder, seeds, evaluation, aggregate, interrupts."""
