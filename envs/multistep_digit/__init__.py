"""Multi-step digits: a game in which two agents send each other the digit they see, one bit per step."""
