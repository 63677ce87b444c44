"""The referential game: rules, objects and their splits, reference returns, drawing and knowledge."""
