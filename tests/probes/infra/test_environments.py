"""What infra.environments says of the keys of environments and the safety of production."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.environments import environments

PROD = "DATABASE_URL=${DATABASE_URL}\nCORS_ORIGINS=https://shop.test\nDEBUG=false\n"
STAGE = "DATABASE_URL=${DATABASE_URL}\nCORS_ORIGINS=https://staging.shop.test\nDEBUG=false\n"
GOOD: dict[str, Any] = {".env.production": PROD, ".env.staging": STAGE}
EMPTY = ("invalid", "missing_keys", "debug_on", "open_to_all", "literal_secrets", "identical")


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `environments.`."""
    found = values(run_probe(environments, repo=files, **options))
    return {key.removeprefix("environments."): value for key, value in found.items()}


def test_environments_that_lack_nothing() -> None:
    found = look(GOOD)
    assert [found[key] for key in EMPTY] == [[]] * len(EMPTY)
    assert (found["names"], found["compared_keys"]) == (["production", "staging"], 3)
    assert found["families"] == [".env.production .env.*: production, staging"]
    assert found["production"] == [".env.production is of production"]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {".env.example": "A=1\n"},
        {"config/settings.yml": "a: 1\n"},
        {"tests/config/production.yml": "a: 1\n"},
    ],
)
def test_where_the_platform_may_hold_it_all_nothing_is_said(files: dict[str, Any]) -> None:
    evidence = run_probe(environments, repo=files)
    assert values(evidence) == {}
    assert problems(evidence) == ["not_configured"]


def test_without_a_file_of_production_only_the_names_are_known() -> None:
    evidence = run_probe(environments, repo={".env.development": "A=1\n", ".env.test": "A=1\n"})
    found = {key.removeprefix("environments.") for key in values(evidence)}
    assert found == {"families", "names", "invalid"}
    assert "No file is of production" in evidence.problems[0].message


def test_without_another_environment_nothing_is_compared() -> None:
    evidence = run_probe(
        environments, repo={"src/application-prod.yml": "a: 1\n", "src/application.yml": "b: 1\n"}
    )
    found = values(evidence)
    assert "environments.missing_keys" not in found
    assert found["environments.debug_on"] == []
    assert set(evidence.problems[0].facts) == {
        "environments.compared_keys", "environments.missing_keys", "environments.identical",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kind"),
    [("a: [\n", "malformed"), (Trouble(ProblemKind.DENIED, "config/staging.yml"), "denied")],
)
def test_a_file_that_cannot_be_read_hides_what_is_empty(content: Any, kind: str) -> None:
    evidence = run_probe(
        environments,
        repo={"config/production.yml": "a: 1\ndebug: true\n", "config/staging.yml": content},
    )
    found = values(evidence)
    assert problems(evidence) == [kind]
    assert "environments.open_to_all" not in found
    assert found["environments.debug_on"] == ["config/production.yml:2 debug"]


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({".env.production": PROD, ".env.staging": STAGE + "QUEUE_URL=x\n"}, [".env.production QUEUE_URL"]),
        ({".env.production.example": PROD + "QUEUE_URL=x\n", ".env.staging.example": STAGE}, [".env.staging.example QUEUE_URL"]),
        ({".env.production": PROD, ".env.development": STAGE + "QUEUE_URL=x\nDEV_TOOLS=1\n"}, [".env.production QUEUE_URL"]),
        ({**GOOD, ".env.test": "ONLY=1\n", ".env.development": "MINE=1\n"}, []),
        ({"config/production.json": '{"a": {"b": 1}}', "config/staging.json": '{"a": {"c": 1}}'}, ["config/production.json a.c", "config/staging.json a.b"]),
        ({"config/production.json": '{"a": {"b": 1}}', "config/staging.json": '{"a": {}}', "config/default.json": '{"a": {"b": 0}}'}, []),
        ({"src/application-prod.yml": "a: 1\n", "src/application-staging.yml": "b: 1\n", "src/application.yml": "a: 0\nb: 0\n"}, []),
        ({"x/appsettings.Production.json": '{"A": 1}', "x/appsettings.Staging.json": '{"B": 1}', "x/appsettings.json": '{"A": 0}'}, ["x/appsettings.Production.json B"]),
        ({"chart/values-prod.yaml": "a: 1\n", "chart/values-staging.yaml": "b: 1\n", "chart/values.yaml": "a: 0\nb: 0\n"}, []),
        ({"infra/prod.tfvars": "a = 1\n", "infra/staging.tfvars": "a = 1\nb = 2\n"}, ["infra/prod.tfvars b"]),
        ({"environments/prod/config.yml": "a: 1\n", "environments/staging/config.yml": "a: 1\nb: 1\n"}, ["environments/prod/config.yml b"]),
    ],
)  # fmt: skip
def test_keys_that_one_environment_lacks(files: dict[str, Any], missing: list[str]) -> None:
    assert look(files)["missing_keys"] == missing


def test_false_green_a_key_that_is_commented_out_is_missing() -> None:
    files = {**GOOD, ".env.production": PROD.replace("CORS_ORIGINS", "# CORS_ORIGINS")}
    assert look(files)["missing_keys"] == [".env.production CORS_ORIGINS"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({".env.production": PROD.replace("false", "true")}, [".env.production:3 DEBUG"]),
        ({".env.production": PROD + "NODE_ENV=development\n"}, [".env.production:4 NODE_ENV"]),
        ({"app/settings/production.py": "from .base import *\nDEBUG = True\n"}, ["app/settings/production.py:2 DEBUG"]),
        (
            {"app/settings/production.py": "from .base import *\n", "app/settings/base.py": "DEBUG = True\n"},
            ["app/settings/base.py:1 DEBUG, which app/settings/production.py lies over"],
        ),
        ({"app/settings/production.py": "DEBUG = False\n", "app/settings/base.py": "DEBUG = True\n"}, []),
        ({"config/default.json": '{"debug": true}', "config/production.json": '{"a": 1}'}, ["config/default.json:1 debug, which config/production.json lies over"]),
        ({".env.staging": STAGE.replace("false", "true"), ".env.production": PROD}, []),
    ],
)  # fmt: skip
def test_false_green_debug_mode_in_production(files: dict[str, Any], expected: list[str]) -> None:
    assert look(files)["debug_on"] == expected


def test_false_green_everybody_is_let_in() -> None:
    open_ = {**GOOD, ".env.production": PROD.replace("https://shop.test", "*")}
    assert look(open_)["open_to_all"] == [".env.production:2 CORS_ORIGINS"]
    hosts = {"a/settings/production.py": 'ALLOWED_HOSTS = ["*"]\n'}
    assert look(hosts)["open_to_all"] == ["a/settings/production.py:1 ALLOWED_HOSTS"]


def test_a_secret_of_production_is_told_by_its_place_and_an_example_holds_none() -> None:
    text = PROD + "DB_PASSWORD=hunter2\n"
    evidence = run_probe(environments, repo={**GOOD, ".env.production": text})
    assert values(evidence)["environments.literal_secrets"] == [
        ".env.production:4 the value of DB_PASSWORD is written in the file"
    ]
    assert "hunter2" not in repr(evidence)
    example = {".env.production.example": text, ".env.staging.example": text + "A=1\n"}
    assert look(example)["literal_secrets"] == []


def test_false_green_copies_are_no_configuration_of_their_own() -> None:
    copies = {".env.production": PROD, ".env.staging": "# mine\n" + PROD}
    assert look(copies)["identical"] == [".env.staging is the same as .env.production"]
    assert look({".env.production": "", ".env.staging": ""})["compared_keys"] == 0


def test_overlays_and_compose_files_are_known_by_their_names() -> None:
    found = look(
        {
            "k8s/overlays/production/kustomization.yaml": "resources: [../../base]\n",
            "k8s/overlays/staging/kustomization.yaml": "resources: [../../base]\n",
            "compose.prod.yaml": "services: {}\n",
        }
    )
    assert found["names"] == ["production", "staging"]
    assert len(found["families"]) == 2
    assert "compared_keys" not in found


def test_only_files_below_the_service_root_count() -> None:
    files = {f"services/other/{path}": text for path, text in GOOD.items()}
    assert values(run_probe(environments, repo=files, root="services/shop")) == {}


def test_the_module_of_settings_that_the_image_sets_is_of_production() -> None:
    files = {
        "settings/ci.py": "DEBUG = False\n",
        "settings/main.py": "DEBUG = env('DEBUG')\nALLOWED_HOSTS = [\n    # anybody\n    '*',\n]\n",
        "deploy/Dockerfile": "FROM python:3.12\nENV A=1 \\\n    DJANGO_SETTINGS_MODULE=settings.main\n",
    }
    found = look(files)
    assert found["names"] == ["production", "test"]
    assert found["production"] == [
        "settings/main.py is of production, since the image sets it as DJANGO_SETTINGS_MODULE"
    ]
    assert found["open_to_all"] == ["settings/main.py:2 ALLOWED_HOSTS"]


@pytest.mark.parametrize(
    "dockerfiles",
    [
        {"Dockerfile": "FROM python:3.12\n# ENV DJANGO_SETTINGS_MODULE=settings.main\n"},
        {"Dockerfile": "FROM python:3.12\nENV DJANGO_SETTINGS_MODULE=settings.ci\n"},
        {"Dockerfile": "FROM python:3.12\nENV DJANGO_SETTINGS_MODULE=settings.gone\n"},
        {"Dockerfile.dev": "FROM python:3.12\nENV DJANGO_SETTINGS_MODULE=settings.main\n"},
        {
            "Dockerfile": "FROM python:3.12\nENV DJANGO_SETTINGS_MODULE=settings.main\n",
            "Dockerfile.worker": "FROM python:3.12\nENV DJANGO_SETTINGS_MODULE settings.worker\n",
        },
        {"Dockerfile": Trouble(ProblemKind.DENIED, "Dockerfile")},
    ],
)
def test_false_green_a_module_that_the_deployed_image_does_not_set_is_not_of_production(
    dockerfiles: dict[str, Any],
) -> None:
    modules = {"settings/ci.py": "A = 1\n", "settings/main.py": "A = 1\n"}
    found = look({**modules, **dockerfiles})
    assert found["names"] == ["test"]
    assert "production" not in found


def test_false_green_what_production_takes_of_the_module_beside_it_counts() -> None:
    files = {
        "settings/production.py": "from .shared_parts import *\nDEBUG = False\n",
        "settings/shared_parts.py": "DEBUG = True\nCORS_ORIGIN_ALLOW_ALL = True\n",
    }
    found = look(files)
    assert found["debug_on"] == []
    assert found["open_to_all"] == [
        "settings/shared_parts.py:2 CORS_ORIGIN_ALLOW_ALL, which settings/production.py lies over"
    ]
    commented = {
        **files,
        "settings/production.py": "# from .shared_parts import *\nDEBUG = False\n",
    }
    assert look(commented)["open_to_all"] == []
