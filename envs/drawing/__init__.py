"""Drawing of frames: a canvas, and ASCII art."""
