"""Speed benchmarks of games, learners and compiled graphs, compared with other packages in the same run."""
