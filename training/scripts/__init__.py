"""One training script per recipe, to read from top to bottom, to copy and to change. No module imports them."""
