"""A name is followed to the function or class that it stands for."""

from __future__ import annotations

from auditor.code.definitions import Definitions
from auditor.code.scan import FileScan
from auditor.code.scanning import scan_file


def definitions(files: dict[str, str]) -> Definitions:
    """Over made-up Python files in one folder."""
    scans: dict[str, FileScan] = {p: scan_file(t, p, frozenset()) for p, t in files.items()}

    def origin(name: str, path: str) -> tuple[str, str] | None:
        module, _, attribute = name.rpartition(".")
        return (f"{module}.py", attribute) if f"{module}.py" in files else None

    return Definitions(scans, origin)


def test_names_are_followed_through_imports_and_other_names() -> None:
    made = definitions({
        "a.py": "from b import f\nimport b\n\n\ndef own():\n    def inner():\n        pass\n",
        "b.py": "from c import real as f\n",
        "c.py": "class K:\n    def m(self):\n        pass\n\n\ndef first():\n    pass\n\n\nreal = first\n",
    })  # fmt: skip

    def at(name: str, path: str = "a.py", scope: str = "") -> str:
        found = made.find(name, path, scope)
        return f"{found.path}:{found.what.name}" if found is not None else ""

    assert at("f") == "c.py:first"
    assert at("b.f") == "c.py:first"
    assert at("own") == "a.py:own"
    assert at("inner") == ""
    assert at("inner", scope="own") == "a.py:inner"
    assert at("K", "c.py") == "c.py:K"
    assert at("K.m", "c.py") == "c.py:m"
    assert at("self.m", "c.py", "K.x") == "c.py:m"
    assert at("gone") == ""
    assert at("f", "nowhere.py") == ""


def test_a_ring_of_names_ends() -> None:
    made = definitions({"a.py": "from b import f\n", "b.py": "from a import f\n"})
    assert made.find("f", "a.py") is None
