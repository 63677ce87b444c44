"""Operators change a graph or a team: split, substitute, augment, port, lift, reorder, exclude; and scripts of them."""

from ..editing.differences import Difference, describe
from ..editing.scripts import Step, apply, script
from .augmenting import augment
from .base import OPERATORS, Claim, Operated, Operator, operator
from .excluding import exclude
from .extracting import extract
from .lifting import lift
from .measuring import Measured, Probe, lesion_matrix, measure, retained
from .porting import port
from .reordering import reorder
from .splitting import join, split
from .substituting import substitute
from .teams import inside

__all__ = [
    "OPERATORS",
    "Claim",
    "Difference",
    "Measured",
    "Operated",
    "Operator",
    "Probe",
    "Step",
    "apply",
    "augment",
    "describe",
    "exclude",
    "extract",
    "inside",
    "join",
    "lesion_matrix",
    "lift",
    "measure",
    "operator",
    "port",
    "reorder",
    "retained",
    "script",
    "split",
    "substitute",
]
