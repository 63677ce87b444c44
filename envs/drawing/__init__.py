"""Drawing frames: a canvas, and colors."""
