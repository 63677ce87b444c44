"""Multi-step digits: rules, bars, drawing and knowledge of a game in which a digit is told bit by bit."""
