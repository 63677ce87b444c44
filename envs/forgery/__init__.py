"""Forgery: painters send pictures, and critics judge whether a picture is genuine, as in an adversarial network."""
