"""What the commands of npm start, seen through the files with which a service starts."""

from __future__ import annotations

import pytest

from auditor.probing.code.code_reading import code_of
from auditor.probing.testing import FakeTree, make_context

MAIN = "require('./app');\n"
PROD = '{"scripts": {"start:prod": "node dist/main", "build": "node tools/build.js"}}'
NEXT = '{"scripts": {"start": "next start"}, "dependencies": {"next": "15"}}'


def starts(files: dict[str, str]) -> list[str]:
    """The source files with which a service starts."""
    return list(code_of(make_context(repo=FakeTree(files))).closure.starts)


@pytest.mark.parametrize(
    "command",
    [
        {"Procfile": "web: npm run start:prod\n"},
        {"Procfile": "web: pnpm start:prod\n"},
        {"Procfile": "web: yarn run --silent start:prod\n"},
        {"Dockerfile": 'FROM node:22\nCMD ["npm", "run", "start:prod"]\n'},
        {"Dockerfile": 'FROM node:22\nCMD ["/opt/start.sh"]\n', "start.sh": "set -e\nnpm run build\nnpm run start:prod\n"},
    ],
)  # fmt: skip
def test_a_script_that_a_command_runs_is_followed(command: dict[str, str]) -> None:
    files = {"package.json": PROD, "src/main.ts": MAIN, "tools/build.js": "build();\n"}
    assert starts(files | command) == ["src/main.ts"]


def test_scripts_that_run_one_another_end() -> None:
    package = (
        '{"scripts": {"start": "npm run a", "a": "npm run b", "b": "npm run a && node index.js"}}'
    )
    assert starts({"package.json": package, "index.js": MAIN}) == ["index.js"]


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({}, "src/main.ts"),
        ({"nest-cli.json": '{"sourceRoot": "source", "entryFile": "server"}'}, "source/server.ts"),
        ({"nest-cli.json": '{"sourceRoot": "apps/a/src", "monorepo": true}'}, "apps/a/src/main.ts"),
        ({"nest-cli.json": "not json"}, "src/main.ts"),
    ],
)
def test_nest_starts_with_the_entry_file_of_its_settings(told: dict[str, str], path: str) -> None:
    files = {"package.json": '{"scripts": {"start": "nest start"}}', path: MAIN}
    assert starts(files | told) == [path]


def test_nest_starts_the_project_that_is_named() -> None:
    told = '{"sourceRoot": "apps/a/src", "projects": {"b": {"sourceRoot": "apps/b/src"}}}'
    files = {
        "package.json": '{"scripts": {"start": "nest start b"}}', "nest-cli.json": told,
        "apps/a/src/main.ts": MAIN, "apps/b/src/main.ts": MAIN,
    }  # fmt: skip
    assert starts(files) == ["apps/b/src/main.ts"]


PAGES = {
    "src/app/api/x/route.ts": "export function GET() {}\n", "src/app/page.tsx": "export default 1;\n",
    "src/middleware.ts": "export default 1;\n", "src/lib/unused.ts": "export default 1;\n",
}  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"package.json": NEXT},
        {
            "package.json": '{"scripts": {"go": "run-s check-db serve", "serve": "node server.js", "check-db": "node db.js"}}',
            "next.config.ts": "export default {};\n", "db.js": "check();\n",
            "Dockerfile": 'FROM node:22\nCMD ["pnpm", "go"]\n',
        },
    ],
)  # fmt: skip
def test_next_starts_with_what_it_routes_to(more: dict[str, str]) -> None:
    found = starts(PAGES | more)
    assert found == ["src/app/api/x/route.ts", "src/app/page.tsx", "src/middleware.ts"]


def test_false_green_a_server_that_is_there_is_no_build_of_next() -> None:
    files = PAGES | {
        "package.json": '{"scripts": {"start": "node server.js"}}',
        "server.js": "up();\n",
    }
    assert starts(files | {"next.config.js": ""}) == ["server.js"]


def test_what_runs_in_the_browser_is_neither_reached_nor_missed() -> None:
    files = {
        "package.json": NEXT, "app/page.tsx": "import { A } from './a';\n",
        "app/a.tsx": "// shown\n'use client';\nimport { b } from './b';\n", "app/b.ts": "export const b = 1;\n",
    }  # fmt: skip
    closure = code_of(make_context(repo=FakeTree(files))).closure
    assert closure.reachable == {"app/page.tsx"}
    assert closure.lost == ()


def test_false_green_a_directive_in_the_middle_marks_nothing() -> None:
    files = {
        "package.json": NEXT, "app/page.tsx": "import { A } from './a';\n",
        "app/a.tsx": "const x = 1;\n'use client';\n",
    }  # fmt: skip
    assert "app/a.tsx" in code_of(make_context(repo=FakeTree(files))).closure.reachable
