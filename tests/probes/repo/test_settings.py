"""repo.settings tells what is read and written down nowhere, and what is written down and read by nobody."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.settings import settings

APP = "import os\n\nfrom fastapi import FastAPI\n\nimport config\n\napp = FastAPI()\n"
READS = (
    "import os\n\nDB_URL = os.environ['DB_URL']\nMAIL_HOST = os.getenv('MAIL_HOST', 'localhost')\n"
)


def python(config: str = READS, **more: Any) -> dict[str, Any]:
    return {"app.py": APP, "config.py": config, **more}


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `settings.`."""
    found = values(run_probe(settings, repo=files, **options))
    return {key.removeprefix("settings."): value for key, value in found.items()}


def script(text: str, **more: str) -> dict[str, Any]:
    return {"package.json": '{"scripts": {"start": "node index.js"}}', "index.js": text, **more}


def test_present_settings_that_an_example_names() -> None:
    found = look({**python(), ".env.example": "DB_URL=\nMAIL_HOST=\n"})
    assert found == {
        "read": ["config.py:3 DB_URL", "config.py:4 MAIL_HOST"],
        "examples": [".env.example"],
        "undocumented": [],
        "unread": [],
    }


def test_missing_an_example_what_is_needed_is_undocumented_and_what_has_a_default_is_not() -> None:
    found = look(python())
    assert (found["undocumented"], found["examples"]) == (["config.py:3 DB_URL"], [])


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(settings, repo={"README.md": "DB_URL", ".env.example": "DB_URL="})
    assert problems(evidence) == ["vacuous"]
    assert values(evidence) == {"settings.examples": [".env.example"]}


def test_a_service_that_reads_nothing_in_a_known_way_gives_no_clean_list() -> None:
    evidence = run_probe(settings, repo=python("x = 1\n"))
    assert problems(evidence) == ["vacuous"]
    assert "settings.undocumented" not in values(evidence)


def test_malformed_code_hides_what_is_empty() -> None:
    evidence = run_probe(settings, repo=python(READS + "x = (((\n" * 40))
    assert "malformed" in problems(evidence)
    assert "settings.unread" not in values(evidence)


def test_a_denied_document_hides_what_it_may_name() -> None:
    files = {**python(), ".env.example": Trouble(ProblemKind.DENIED, ".env.example")}
    evidence = run_probe(settings, repo=files)
    assert problems(evidence)[0] == "denied"
    assert "settings.unread" not in values(evidence)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "Set `DB_URL` to the address of the database."),
        ("docs/setup.rst", "* - DB_URL\n  - where the database is\n"),
        (".env.sample", "# DB_URL=postgres://...\n"),
        ("compose.yml", "services:\n  app:\n    environment:\n      DB_URL: x\n"),
    ],
)
def test_where_a_setting_may_be_named(path: str, text: str) -> None:
    assert look({**python(), path: text})["undocumented"] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "Set `TEST_DB_URL` or `DB_URLS`."),
        ("README.md", "The db_url is secret."),
        ("tests/test_x.py", "DB_URL = 'x'\n"),
        ("other.py", "# DB_URL: where the database is\n"),
    ],
)
def test_false_green_another_word_or_another_place_documents_nothing(path: str, text: str) -> None:
    assert look({**python(), path: text})["undocumented"] == ["config.py:3 DB_URL"]


@pytest.mark.parametrize(
    "line",
    [
        "X = os.getenv('DB_URL', '')",
        "X = os.environ.get('DB_URL') or 'x'",
        "if os.getenv('DB_URL'):\n    X = 1",
        "X = os.getenv('DB_URL') == '1'",
        "os.environ['DB_URL'] = '1'\nX = os.environ['MAIL_HOST']",
    ],
)
def test_what_may_stay_away_or_is_set_by_the_code_is_not_needed(line: str) -> None:
    found = look(python(f"import os\n\n{line}\n", **{"README.md": "MAIL_HOST"}))
    assert found["undocumented"] == []


def test_fields_of_pydantic_are_known_by_prefix_and_alias() -> None:
    config = (
        "from pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n\n"
        "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n"
        "    url: str\n    key: str = Field(alias='API_KEY')\n    port: int = 80\n    db: Database\n\n\ns = Settings()\n"
    )
    assert look(python(config))["undocumented"] == ["config.py:7 SHOP_URL", "config.py:8 API_KEY"]
    named = {"README.md": "| SHOP_URL | API_KEY |"}
    assert look(python(config, **named))["undocumented"] == []
    # The name without its prefix does nothing.
    assert look(python(config, **{"README.md": "API_KEY, URL"}))["undocumented"] == [
        "config.py:7 SHOP_URL"
    ]


def test_a_field_that_the_code_fills_is_not_needed() -> None:
    config = (
        "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    url: str\n    key: str\n\n\n"
        "s = Settings(key=make())\n"
    )
    assert look(python(config))["undocumented"] == ["config.py:5 URL"]


def test_scripts_and_schemas() -> None:
    text = (
        "const a = process.env.API_URL;\nconst b = process.env.LOG || 'info';\nconst { MAIL_HOST } = process.env;\n"
        "const c = process.env.NODE_ENV;\nif (process.env.TRACE) { a() }\n"
    )
    found = look(script(text))
    assert found["undocumented"] == ["index.js:1 API_URL", "index.js:3 MAIL_HOST"]


def test_go() -> None:
    text = 'package main\n\nimport "os"\n\nfunc main() {\n\tx := os.Getenv("API_URL")\n\ty, ok := os.LookupEnv("EXTRA")\n\tuse(x, y, ok)\n}\n'
    assert look({"go.mod": "module x\n", "main.go": text})["undocumented"] == ["main.go:6 API_URL"]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"README.md": "OLD_KEY is the old key."},
        {"other.py": "# OLD_KEY is not read any more\nx = 1\n"},
        {"run.sh": "# echo $OLD_KEY\necho hello\n"},
        {".env.test.example": "OLD_KEY=\n"},
        {"config2.py": "VERY_OLD_KEY_2 = 1\n"},
    ],
)
def test_false_green_a_name_that_only_comments_documents_and_examples_know_is_unread(
    more: dict[str, str],
) -> None:
    files = {**python(), ".env.example": "DB_URL=\nOLD_KEY=\n", **more}
    assert ".env.example:2 OLD_KEY" in look(files)["unread"]


@pytest.mark.parametrize(
    "more",
    [
        {"compose.yml": "services:\n  app:\n    image: x:${OLD_KEY}\n"},
        {"run.sh": "echo $OLD_KEY\n"},
        {"schema.prisma": 'url = env("OLD_KEY")\n'},
        {"web/next.config.js": "module.exports = { env: process.env.OLD_KEY }\n"},
    ],
)
def test_what_anything_reads_is_not_unread(more: dict[str, str]) -> None:
    files = {**python(), ".env.example": "DB_URL=\nOLD_KEY=\nPOSTGRES_PASSWORD=\n# GONE=\n", **more}
    assert look(files)["unread"] == []


def test_names_that_code_works_out_leave_open_who_reads() -> None:
    config = READS + "x = {n: os.environ[n] for n in NAMES}\n"
    evidence = run_probe(settings, repo={**python(config), ".env.example": "DB_URL=\nOLD_KEY=\n"})
    assert problems(evidence) == ["vacuous"]
    assert "settings.unread" not in values(evidence)


def test_no_value_is_told() -> None:
    files = {**python(), ".env.example": "DB_URL=postgres://u:hunter2@x\nOLD_KEY=hunter3\n"}
    assert "hunter" not in repr(run_probe(settings, repo=files))


@pytest.mark.parametrize(
    "code",
    [
        "DSN = os.getenv('DSN')\n\nif DSN:\n    start(DSN)\n",
        "dsn: str | None = os.environ.get('DSN')\nif dsn is not None:\n    start(dsn)\n",
        "DSN = os.getenv('DSN') or 'local'\n",
        "DSN = os.getenv('DSN')\nstart(DSN or 'local')\n",
    ],
)
def test_what_the_code_goes_on_without_is_not_needed(code: str) -> None:
    assert look(python(f"import os\n\n{code}"))["undocumented"] == []


@pytest.mark.parametrize(
    "code",
    [
        "DSN = os.getenv('DSN')\nif not DSN:\n    raise RuntimeError('DSN')\n",
        "DSN = os.getenv('DSN')\nif DSN is None:\n    log.error('no DSN')\n    sys.exit(1)\n",
        "DSN = os.getenv('DSN')\nassert DSN\nstart(DSN)\n",
        "DSN = os.environ['DSN']\nif DSN:\n    start(DSN)\n",
        "DSN = os.getenv('DSN')\nstart(DSN)\n",
    ],
)
def test_false_green_what_the_code_refuses_to_start_without_is_needed(code: str) -> None:
    found = look(python(f"import os, sys\n\n{code}"))["undocumented"]
    assert found == ["config.py:3 DSN"]


def test_a_switch_and_a_property_that_may_be_undefined_are_not_needed_in_scripts() -> None:
    text = "const on = !!process.env.CLOUD;\nconst a = {\n  logo: process.env.LOGO,\n};\nconst k = use(process.env.KEY);\n"
    assert look(script(text))["undocumented"] == ["index.js:5 KEY"]
    text = "if (!process.env.KEY) {\n  throw new Error('KEY');\n}\nuse(process.env.KEY);\n"
    assert look(script(text))["undocumented"] == ["index.js:1 KEY"]
