"""Formats by name."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from auditor.model.report import Report
from auditor.model.target import Deployment
from auditor.report.registry import UnknownFormat, names, render


@pytest.mark.parametrize("name", names())
def test_every_format_ends_with_one_line_end(name: str, sample: Report) -> None:
    text = render(name, sample)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", names())
def test_no_format_shows_the_password_of_an_address(name: str, sample: Report) -> None:
    deployment = Deployment("staging", url="https://ci:hunter2@staging.example.net/")
    target = replace(
        sample.target,
        repository="https://x-access-token:hunter2@git.example.net/a.git",
        deployment=deployment,
    )
    text = render(name, replace(sample, target=target))
    assert "hunter2" not in text
    assert "staging" in text


def test_an_unknown_format_is_answered_with_the_nearest_name(sample: Report) -> None:
    with pytest.raises(
        UnknownFormat, match=r"no report format 'htm'. Did you mean 'html'\? Formats: "
    ):
        render("htm", sample)


def test_no_format_is_imported_before_it_is_rendered() -> None:
    look = "print('rich' in sys.modules, 'jinja2' in sys.modules)"
    code = f"import sys, auditor.report.registry as r; r.names(); {look}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
