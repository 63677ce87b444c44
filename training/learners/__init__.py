"""Learning algorithms: what they share, and the table of recipes."""
