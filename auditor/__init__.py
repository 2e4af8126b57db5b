"""auditor: is this service ready for production? Decided from evidence alone."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from os.path import abspath, dirname

__version__ = "0.1.0"


class _BesideAuditor:
    """Finds the package `probes` beside this one, and nowhere else.

    A target may have a folder `probes/` of its own; with it on the path (`python -m auditor` inside
    the target, PYTHONPATH=.) a plain import would run the target's code.
    """

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != "probes":
            return None
        return PathFinder.find_spec(name, [dirname(dirname(abspath(__file__)))])


sys.meta_path.insert(0, _BesideAuditor)
