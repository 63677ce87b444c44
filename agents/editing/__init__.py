"""Edit scripts and arrangements: graphs as sequences of operators."""
