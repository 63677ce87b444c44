"""Multi-step digits: a game in which two agents tell each other which digit they see, one bit per step."""
