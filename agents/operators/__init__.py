"""Operators on graphs and teams, six of them after Baldwin & Clark (2000), and measures of their effects."""

from .augmenting import augment
from .base import OPERATORS, Claim, Operator, OperatorResult, operator
from .decoupling import decouple, predict_input
from .excluding import exclude
from .extracting import extract
from .lifting import lift
from .measuring import Measurement, Probe, knowledge_retained, lesion_matrix, measure
from .porting import port
from .reordering import reorder
from .splitting import join, split
from .substituting import substitute
from .team_parts import inside

__all__ = [
    "OPERATORS",
    "Claim",
    "Measurement",
    "Operator",
    "OperatorResult",
    "Probe",
    "augment",
    "decouple",
    "exclude",
    "extract",
    "inside",
    "join",
    "knowledge_retained",
    "lesion_matrix",
    "lift",
    "measure",
    "operator",
    "port",
    "predict_input",
    "reorder",
    "split",
    "substitute",
]
