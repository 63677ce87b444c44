"""Color-digit: a game in which one bit has to say what is worth most."""
