"""The games: one batched core each, and the faces other libraries see."""
