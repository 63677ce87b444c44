"""Color-digit: rules, bars, drawing and knowledge of a game in which one bit has to say what is worth most."""
