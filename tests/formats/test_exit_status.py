"""Whether a script can end with a failure at all."""

from __future__ import annotations

import pytest

from auditor.formats.shell.exit_status import python_fails, script_fails, shell_fails
from auditor.formats.shell.shell_fate import ShellOptions

LOOSE = ShellOptions(False, False)


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\nset -e\ncurl -f https://db.internal\necho ok\n",
        '[ -n "$KEY" ] || exit 1\necho ok\n',
        "if ! alembic check; then\n  echo pending\n  exit 2\nfi\n",
        ': "${DATABASE_URL:?is not set}"\necho ok\n',
        "curl -f https://db.internal\n",
    ],
)
def test_a_shell_script_that_can_fail(text: str) -> None:
    assert shell_fails(text, LOOSE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "echo checking\necho ok\n",
        "curl -f https://db.internal\necho ok\n",
        "set -e\ncurl -f https://db.internal || true\n",
        '[ -n "$KEY" ] || exit 0\nexit 0\n',
        "# exit 1\nexit 0\n",
        "exit 0\nexit 1\n",
        "check() { exit 1; }\necho never called\n",
    ],
)
def test_false_green_a_shell_script_that_cannot(text: str) -> None:
    assert not shell_fails(text, LOOSE)


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nsys.exit(1)\n",
        "import sys\nsys.exit(main())\n",
        "raise SystemExit(check())\n",
        "assert settings.KEY\n",
        "subprocess.run(['x'], check=True)\n",
        "httpx.get(url).raise_for_status()\n",
    ],
)
def test_a_python_script_that_can_fail(text: str) -> None:
    assert python_fails(text)


@pytest.mark.parametrize(
    "text",
    ["", "print('ok')\n", "import sys\nsys.exit(0)\n", "raise SystemExit(0)\n", "# sys.exit(1)\n",
     "'''raise X'''\n", "assert True\n", "def broken(:\n", "raise SystemExit\x00"],
)  # fmt: skip
def test_false_green_a_python_script_that_cannot(text: str) -> None:
    assert not python_fails(text)


def test_other_languages_go_by_their_words() -> None:
    assert script_fails("check.mjs", "if (!x) process.exit(1)")
    assert not script_fails("check.js", "// process.exit(1)\nprocess.exit(0)")
    assert script_fails("check.rb", "abort 'no key' unless ENV['KEY']")
    assert script_fails("check.ps1", "if (-not $x) { exit 1 }")
    assert not script_fails("check.exe", "exit 1")
    assert script_fails("bin/preflight", "#!/usr/bin/env python3\nraise ValueError\n")
