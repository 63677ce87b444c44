"""Drawing of frames, on a canvas or as ASCII art."""
