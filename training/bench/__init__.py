"""How fast: the games, the learners and the compiled graph, beside other packages in the same run."""
