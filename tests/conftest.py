"""Settings of all tests."""

import pytest
from hypothesis import settings

from interlect.protocols.common.plugins import IMPORTED

settings.register_profile("interlect", deadline=None)  # busy machines are slow, not wrong
settings.load_profile("interlect")


@pytest.fixture(autouse=True)
def imported_plugins():
    """Forget the plugins that a test imported; remedies that a later test reads would name them."""
    before = list(IMPORTED)
    yield
    IMPORTED[:] = before
