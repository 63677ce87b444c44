"""Plugins: third-party modules that register games, recipes, carriers and so on when they are imported.

An installed package declares such a module as an entry point of the group ``interlect.plugins``. A script imports the
module or calls ``register_...`` itself. On the command line, pass ``--import``.
"""

import importlib
import importlib.util
import sys
from importlib.metadata import entry_points
from pathlib import Path

from .errors import invalid

GROUP = "interlect.plugins"
IMPORTED: list[str] = []
"""The modules that ``import_plugin`` has imported in this process, which worker processes import too."""


_loaded = False


def load_plugins() -> None:
    """Import the plugins of all installed packages, once per process.

    Raises:
        ValueError: If a plugin cannot be imported. The message names it.
    """
    global _loaded
    if _loaded:
        return
    _loaded = True
    for point in entry_points(group=GROUP):
        try:
            point.load()
        except Exception as error:
            remedy = "Remove or repair the package that provides it."
            raise invalid(f"The plugin {point.name} ({point.value}) must be importable", repr(error), remedy) from error


def import_plugin(name: str) -> None:
    """Import a plugin by the name of its module, or by the path of its file.

    Args:
        name: "package.module" or "path/to/file.py", as for ``--import``.

    Raises:
        ValueError: If there is no such module or file, or if importing it fails.
    """
    path = Path(name)
    try:
        if path.suffix == ".py":
            _import_file(path.resolve())
        else:
            if str(Path.cwd()) not in sys.path:
                sys.path.append(str(Path.cwd()))
            importlib.import_module(name)
    except Exception as error:
        remedy = "Pass a module that Python can import, or the path of a .py file."
        raise invalid(f"The module in --import {name} must be importable", repr(error), remedy) from error
    if name not in IMPORTED:
        IMPORTED.append(str(path.resolve()) if path.suffix == ".py" else name)


def import_flags() -> str:
    """The ``--import`` flags with which a command loads the same plugins; empty if there are none."""
    return "".join(f" --import {name}" for name in IMPORTED)


def _import_file(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    loaded = sys.modules.get(path.stem)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return
    if loaded is not None:
        raise ImportError(f"another module is called {path.stem}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
