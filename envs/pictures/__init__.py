"""Pictures of digits, and a classifier of them."""
