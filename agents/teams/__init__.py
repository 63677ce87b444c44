"""Teams of agents: as players, and as one network."""
