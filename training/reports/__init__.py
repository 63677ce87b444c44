"""The study of a run, its metrics and charts, and the report page."""
