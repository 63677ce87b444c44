"""Examples in docstrings give what they say."""

import doctest
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def modules(root: Path) -> list[str]:
    """Every module of the package, by its installed name; scripts that run when imported apart."""
    files = [
        path.relative_to(root)
        for room in ("agents", "envs", "protocols", "training")
        for path in (root / room).rglob("*.py")
    ]
    names = {
        ("interlect", *(file.parent.parts if file.stem == "__init__" else file.with_suffix("").parts)) for file in files
    }
    return sorted(".".join(name) for name in names if name[-1] != "__main__")


@pytest.mark.parametrize("name", modules(ROOT))
def test_docstring_examples(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


def test_a_wrong_example_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    planted = ModuleType("planted", ">>> 1 + 1\n3\n")
    assert doctest.testmod(planted).failed == 1
    assert "Expected" in capsys.readouterr().out
