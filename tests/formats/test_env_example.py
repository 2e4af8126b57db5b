"""Examples of an environment are known by their names; names are given, or shown in a comment."""

from __future__ import annotations

import pytest

from auditor.formats.settings.env_example import Named, is_example, read
from auditor.formats.text.errors import Malformed


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        (".env.example", True),
        (".env.sample", True),
        (".env.dist", True),
        (".env-example", True),
        ("example.env", True),
        ("template.env", True),
        ("env.example", True),
        ("app.conf.example", True),
        (".env.production.example", True),
        (".env.example.docker", True),
        (".env", False),
        (".env.production", False),
        ("example.py", False),
        ("environment.md", False),
    ],
)
def test_examples_by_name(name: str, is_one: bool) -> None:
    assert is_example(name) is is_one


def test_names_and_what_comments_show() -> None:
    text = "# The database.\nexport DB_URL=x\n#SMTP_HOST=\n\nSMTP_HOST = y\nlower=1\nNOTE: this\n"
    assert read(text, path=".env.example") == (
        Named("DB_URL", 2, True), Named("SMTP_HOST", 5, True), Named("NOTE", 7, True),
    )  # fmt: skip


def test_binary_content_is_refused() -> None:
    with pytest.raises(Malformed):
        read(b"A\x00B=1", path=".env.example")
