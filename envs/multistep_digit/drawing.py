"""Pictures of multi-step digits; see ``pairs.drawing``."""

from ..brush import INK
from ..pairs.drawing import drawings

DRAWINGS = drawings("Multi-step digits", lambda core: (INK, INK))
