"""Which files a scanner is given: those that ship, and no library that somebody put beside them."""

from __future__ import annotations

from auditor.probing.repo import Repo
from auditor.probing.sources import shipped
from auditor.probing.testing import FakeTree


def test_a_library_with_its_own_licence_in_a_vendor_folder_is_not_scanned() -> None:
    files = {
        "api/app.py": "x = 1\n",
        "api/app/vendor/models.py": "x = 1\n",
        "api/app/vendor/tool/LICENSE": "MIT\n",
        "api/app/vendor/tool/a.py": "x = 1\n",
    }
    found = [entry.path for entry in shipped(Repo(FakeTree(files), root="api"), "python")]
    assert found == ["api/app.py", "api/app/vendor/models.py"]
