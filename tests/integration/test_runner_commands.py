"""What a target wrote into a name is no command of the runner that shows the log."""

from __future__ import annotations

import re

import pytest

from auditor.cli.output import inert


def test_on_a_runner_of_github_the_report_stands_between_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    first, second = inert("a\n::error::no\n"), inert("a")
    assert re.fullmatch(r"::stop-commands::(\w{32})\na\n::error::no\n::\1::\n", first)
    assert first[:60] != second[:60]


def test_on_a_runner_of_azure_its_sign_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_BUILD", "True")
    assert inert("##vso[task.setvariable]x ##[error] ##VSO[a]") == (
        "## vso[task.setvariable]x ## [error] ## VSO[a]"
    )


def test_elsewhere_the_text_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    assert inert("::error::no ##vso[x]\n") == "::error::no ##vso[x]\n"
