"""Color-digit: a game in which agents learn which one-bit message about a colored digit is the most valuable."""
