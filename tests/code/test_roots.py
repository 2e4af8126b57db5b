"""A service root is a folder with a manifest that an entry point belongs to."""

from __future__ import annotations

from auditor.code.reach.roots import service_roots

_API = "from fastapi import FastAPI\napp = FastAPI()\n"
_START = '{"scripts": {"start": "node ."}}'


def _roots(files: dict[str, str]) -> list[str]:
    return service_roots(files, lambda p: files[p])


def test_service_at_the_top() -> None:
    assert _roots({"pyproject.toml": "", "src/x/main.py": _API}) == [""]


def test_service_in_a_folder_and_a_second_one() -> None:
    files = {
        "backend/requirements/base.txt": "",
        "backend/app/main.py": _API,
        "frontend/package.json": _START,
        "README.md": "",
    }
    assert _roots(files) == ["backend", "frontend"]


def test_manifest_without_entry_point_and_entry_point_without_manifest_are_none() -> None:
    assert _roots({"lib/pyproject.toml": "", "lib/x.py": "x = 1\n"}) == []
    assert _roots({"app/main.py": _API}) == []
    assert _roots({}) == []


def test_entry_point_belongs_to_the_nearest_manifest_of_its_language() -> None:
    files = {
        "pyproject.toml": "",
        "svc/go.mod": "",
        "svc/cmd/main.go": "package main\n\nfunc main() { run() }\n",
        "web/package.json": "{}",
        "web/admin.py": _API,
    }
    assert _roots(files) == ["", "svc"]


def test_workspace_root_is_no_service() -> None:
    files = {
        "package.json": _START,
        "pnpm-workspace.yaml": "",
        "apps/api/package.json": _START,
        "docker/Dockerfile": "FROM a\nCMD x\n",
    }
    assert _roots(files) == ["apps/api"]


def test_container_file_of_a_side_service_makes_no_root_of_the_top() -> None:
    files = {"package.json": "{}", "infra/proxy/Dockerfile": "FROM a\nCMD x\n"}
    assert _roots(files) == []
    assert _roots({"package.json": "{}", "deploy/docker/Dockerfile": "FROM a\nCMD x\n"}) == [""]


def test_false_green_tests_examples_and_documents_are_no_services() -> None:
    files = {
        "docs/requirements.txt": "",
        "docs/app.py": _API,
        "examples/a/pyproject.toml": "",
        "examples/a/main.py": _API,
        "e2e/package.json": _START,
        "tests/pyproject.toml": "",
        "tests/main.py": _API,
        "README.md": "",
    }
    assert _roots(files) == []


def test_roles_are_judged_from_the_folder_that_all_paths_share() -> None:
    files = {"examples/orders/pyproject.toml": "", "examples/orders/orders/app.py": _API}
    assert _roots(files) == ["examples/orders"]


def test_a_program_that_npm_installs_is_no_service_alone() -> None:
    tool = {"tools/review/package.json": '{"bin": "cli.js"}', "tools/review/cli.js": ""}
    assert _roots({"package.json": _START, **tool}) == [""]
    tool["tools/review/package.json"] = '{"bin": "cli.js", "scripts": {"start": "node cli.js"}}'
    assert _roots({"package.json": _START, **tool}) == ["", "tools/review"]


def test_a_compose_command_belongs_to_the_folder_that_is_built() -> None:
    files = {
        "package.json": "{}",
        "compose.yaml": "services: {api: {build: ./api, command: node app}}\n",
        "api/package.json": "{}",
        "api/app.js": "",
    }
    assert _roots(files) == ["api"]
