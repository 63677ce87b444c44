"""Multi-step digits: rules, reference returns, drawing and knowledge of a game in which a digit is told bit by bit."""
