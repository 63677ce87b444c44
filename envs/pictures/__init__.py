"""Pictures of digits, and a classifier for them."""
