"""Settings of all tests."""

from hypothesis import settings

settings.register_profile("interlect", deadline=None)  # busy machines are slow, not wrong
settings.load_profile("interlect")
