"""Pictures of digits, and what a classifier sees of them."""
