"""The built wheel holds the packages' files and nothing else; the lock holds what the package asks for."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "envs", "protocols", "training")


def copy_project(root: Path, to: Path) -> Path:
    """What a wheel is built from, without leftovers of earlier builds."""
    for room in ROOMS:
        shutil.copytree(root / room, to / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, to / name)
    return to


def build_wheel(source: Path, to: Path) -> Path:
    """Build a wheel with what is installed: nothing is downloaded."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(to), str(source)], check=True, capture_output=True, text=True)
    return next(to.glob("*.whl"))


def wheel_differences(source: Path, wheel: Path) -> set[str]:
    """Files in the wheel and not in the source, or in the source and not in the wheel, metadata apart."""
    files = {path for room in ROOMS for path in (source / room).rglob("*") if path.is_file()}
    kept = {str(path.relative_to(source)) for path in files if "__pycache__" not in path.parts}
    expected = {f"interlect/{path}".replace("interlect/protocols/interlect/", "interlect/") for path in kept}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    return names ^ expected


def unlocked(pyproject: str, lock: str) -> list[str]:
    """Requirements of ours that the lock does not pin, or pins outside the range; and pins that are not plain."""
    lines = [line for line in lock.splitlines() if line and not line.startswith("#")]
    wrong = [f"{line} is no plain pin" for line in lines if line.count("==") != 1 or "+" in line or " " in line]
    pins = {canonicalize_name(name): pin for name, _, pin in (line.partition("==") for line in lines)}
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    for text in (*project["dependencies"], *extras["test"], *extras["lint"]):
        requirement = Requirement(text)
        pin = pins.get(canonicalize_name(requirement.name))
        if pin is None:
            wrong.append(f"{requirement.name} is not in the lock")
        elif not requirement.specifier.contains(pin):
            wrong.append(f"{requirement.name} {pin} is outside {requirement.specifier}")
    return wrong


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(ROOT, tmp_path_factory.mktemp("source"))


def test_wheel_holds_exactly_the_packages(source: Path, tmp_path: Path) -> None:
    wheel = build_wheel(source, tmp_path)
    assert wheel.name.endswith("-py3-none-any.whl")
    assert wheel_differences(source, wheel) == set()
    assert {name.split("/")[0].split("-")[0] for name in zipfile.ZipFile(wheel).namelist()} == {"interlect"}


def test_wheel_check_catches_a_missing_and_a_stray_file(source: Path, tmp_path: Path) -> None:
    planted = tmp_path / "source"
    shutil.copytree(source, planted)
    (planted / "envs" / "unlisted").mkdir()
    (planted / "envs" / "unlisted" / "rules.py").write_text("")
    pyproject = planted / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("packages = [", 'packages = [\n  "stray",', 1))
    (planted / "stray").mkdir()
    (planted / "stray" / "__init__.py").write_text("")
    wheel = build_wheel(planted, tmp_path / "wheel")
    assert wheel_differences(planted, wheel) == {"interlect/envs/unlisted/rules.py", "stray/__init__.py"}


def test_version_is_the_one_in_pyproject() -> None:
    assert version("interlect") == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_lock_pins_what_we_ask_for() -> None:
    assert unlocked((ROOT / "pyproject.toml").read_text(), (ROOT / "requirements.lock").read_text()) == []


def test_lock_check_catches_each_fault() -> None:
    project = '[project]\ndependencies = ["numpy>=2", "some.thing"]\n[project.optional-dependencies]\n'
    project += 'test = ["pytest>=8"]\nlint = []\n'
    assert unlocked(project, "# pinned\nnumpy==2.4\nSome_Thing==1.0\npytest==8.1\n") == []
    assert unlocked(project, "numpy==1.26\ntorch==2.13.0+cpu\nsome-thing>=1\npytest==8.1\n") == [
        "torch==2.13.0+cpu is no plain pin",
        "some-thing>=1 is no plain pin",
        "numpy 1.26 is outside >=2",
        "some.thing is not in the lock",
    ]
