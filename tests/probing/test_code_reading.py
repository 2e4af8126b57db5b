"""What a service reaches from where it starts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from auditor.code.reach.closure import Closure
from auditor.code.scan import FileScan
from auditor.code.scanning import VERSION
from auditor.probing.code.code_reading import code_of, patterns, reachable
from auditor.probing.content_tables import tables_of
from auditor.probing.doors.cache import Cache
from auditor.probing.testing import make_context

FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n"


def closure(files: dict[str, str], root: str = "") -> Closure:
    """The closure of a made-up service."""
    return reachable(make_context(repo=files, root=root))


def test_imports_are_followed_and_what_is_left_is_told() -> None:
    found = closure({
        "pkg/__init__.py": "",
        "pkg/main.py": FASTAPI + "from pkg import a\nfrom .b import thing\n",
        "pkg/a.py": "",
        "pkg/b/__init__.py": "from .thing import thing\n",
        "pkg/b/thing.py": "",
        "pkg/old.py": "",
    })  # fmt: skip
    assert found.starts == ("pkg/main.py",)
    assert found.unreachable == {"pkg/old.py"}
    assert found.lost == ()


def test_a_first_party_import_that_leads_nowhere_is_lost() -> None:
    found = closure(
        {
            "pkg/__init__.py": "",
            "pkg/main.py": FASTAPI + "\nfrom pkg.gone import x\nimport os.path\n",
        }
    )
    assert [(x.path, x.line, x.module) for x in found.lost] == [("pkg/main.py", 5, "pkg.gone")]


def test_imports_for_the_type_checker_reach_nothing() -> None:
    text = FASTAPI + "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import other\n"
    assert closure({"main.py": text, "other.py": ""}).unreachable == {"other.py"}


def test_a_container_command_names_where_the_service_starts() -> None:
    found = closure({
        "Dockerfile": 'FROM x\nCMD ["./run.sh"]\n',
        "run.sh": "exec gunicorn -k uvicorn.workers.UvicornWorker svc.web:make\n",
        "svc/__init__.py": "",
        "svc/web.py": "from svc import used\n",
        "svc/used.py": "",
        "svc/unused.py": "",
    })  # fmt: skip
    assert found.starts == ("svc/__init__.py", "svc/web.py")
    assert found.unreachable == {"svc/unused.py"}


def test_django_loads_its_applications_by_name() -> None:
    found = closure({
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(argv)\n",
        "site/__init__.py": "",
        "site/settings.py": "INSTALLED_APPS = [\n    'site.shop',\n    # 'site.old',\n]\nROOT_URLCONF = 'site.urls'\n",
        "site/urls.py": "",
        "site/shop/__init__.py": "",
        "site/shop/models.py": "",
        "site/shop/tasks.py": "",
        "site/shop/stray.py": "",
        "site/old/__init__.py": "",
        "site/old/models.py": "",
    })  # fmt: skip
    assert found.unreachable == {"site/shop/stray.py", "site/old/__init__.py", "site/old/models.py"}


def test_what_is_imported_by_a_value_is_reachable_perhaps() -> None:
    text = (
        FASTAPI
        + "import importlib\n\n\ndef load(name):\n    return importlib.import_module(name)\n"
    )
    found = closure({"pkg/main.py": text, "pkg/plugin.py": "", "other/x.py": ""})
    assert found.perhaps == {"pkg/plugin.py"}
    assert found.unreachable == {"other/x.py"}


def test_scripts_are_followed_through_requires_aliases_and_built_files() -> None:
    found = closure({
        "package.json": '{"scripts": {\n"start": "npm run serve",\n"serve": "node dist/index.js",\n"x": "node src/x.js"\n}}',
        "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}}',
        "src/index.ts": "import { a } from '@/a';\nexport * from './b.js';\n",
        "src/a/index.ts": "const c = require('../c');\n",
        "src/b.ts": "import type { X } from './x';\n",
        "src/c.js": "",
        "src/x.js": "",
    })  # fmt: skip
    assert found.starts == ("src/index.ts",)
    assert found.unreachable == {"src/x.js"}


def test_a_service_that_loads_by_an_unknown_convention_is_doubted() -> None:
    files = {f"pkg/m{n}.py": "" for n in range(40)} | {"pkg/main.py": FASTAPI}
    assert "Only 1 of 41" in closure(files).doubts[0]


def test_results_are_kept_by_content(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "own" / "cache.db")
    text = FASTAPI + "import requests\nrequests.get('x')\n"
    ctx = make_context(repo={"main.py": text}, cache=cache)
    first = code_of(ctx)
    tables_of(ctx.repo, cache).save()
    again = make_context(repo={"other.py": text, "main.py": text}, cache=cache)
    maker = f"code {VERSION} {patterns().digest('python')}"
    key = f"{hashlib.sha256(text.encode()).hexdigest()} python"
    table = tables_of(again.repo, cache).table(maker, FileScan)
    assert table.get(key) == first.scans["main.py"]
    table.put(key, FileScan(package="kept"))
    assert code_of(again).scans["other.py"].package == "kept"


def test_the_shipped_patterns_are_read() -> None:
    assert patterns().rules("http_clients", "python")
