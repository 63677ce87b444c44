"""The referential game: rules, objects and their splits, bars, drawing and knowledge."""
