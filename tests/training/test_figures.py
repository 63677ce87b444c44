"""How figures are printed: in the terminal, and in the report."""

import pytest
from interlect.training.command_line import commands
from interlect.training.reports.report import headline
from interlect.training.runs.figures import decimals


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.0, "0.0000"), (-0.00004, "0.0000"), (-0.25, "-0.2500"), (1.0, "1.0000"), (None, "–")]
)
def test_a_zero_has_no_sign(value, shown):
    assert decimals(value) == shown


def test_a_result_has_no_signed_zero(capsys):
    result = {
        "return_mean": -0.0,
        "normalized_return": -0.0,
        "communication_gain": -0.0,
        "oracle": {"value": 1.0, "kind": "exact"},
    }
    commands._show_result(result)
    for told in (capsys.readouterr().out, headline(result)):
        assert "0.0000" in told
        assert "-0.0000" not in told
