"""Episodes that learners learn from, and the agents that play them."""
