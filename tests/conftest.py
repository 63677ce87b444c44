"""Settings of all tests."""

import jaxtyping
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


@pytest.fixture
def without_type_checks():
    """Call functions without checks of their argument types, as users do."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
