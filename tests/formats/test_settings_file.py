"""Settings of one environment, whatever the format, and what they leave open."""

from __future__ import annotations

import pytest

from auditor.formats.settings.environment_settings import debugs, open_to_all, secrets
from auditor.formats.settings.settings_file import Setting, read
from auditor.formats.text.errors import FormatError


def told(text: str, path: str) -> dict[str, tuple[str, int | None]]:
    """Value and line of every key."""
    return {one.key: (one.value, one.line) for one in read(text, path=path).values()}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".env.production", "# A=0\nexport A=1 # c\nB='x y'\nC=\nA=2\n", {"A": ("2", 5), "B": ("x y", 3), "C": ("", 4)}),
        (".env.production.example", "A=<a>\n", {"A": ("<a>", 1)}),
        ("application-prod.properties", "! c\na.b=1\nc.d: 2\n", {"a.b": ("1", 2), "c.d": ("2", 3)}),
        ("config/production.yml", "a:\n  b: true\n  c: [x, y]\n  d: {}\ne:\n", {"a.b": ("true", 2), "a.c": ("x,y", 3), "a.d": ("", 4), "e": ("", 5)}),
        ("appsettings.Production.json", '// c\n{\n  "A": {"B": "*"}\n}\n', {"A.B": ("*", 3)}),
        ("config/production.toml", "[a]\nb = 1\n", {"a.b": ("1", 2)}),
        ("prod.tfvars", 'a = "x"\nb = ["y", "z"]\nc = { d = 1 }\n', {"a": ("x", 1), "b": ("y,z", 2), "c": ("", 3)}),
        ("settings/production.py", "DEBUG = True  # c\nHOSTS = ['*']\nKEY = env('KEY')\nX = env.bool('X', default=True)\ndef f():\n    Y = 1\n", {"DEBUG": ("True", 1), "HOSTS": ("*", 2), "KEY": ("", 3), "X": ("True", 4)}),
        ("settings/main.py", "HOSTS = [  # ours\n    # '0',\n    '*',\n]\nORIGINS = (\n    'a',\n    'b',\n)\nX = [\nY = '1'\n", {"HOSTS": ("*", 1), "ORIGINS": ("a', 'b", 5), "X": ("", 9), "Y": ("1", 10)}),
    ],
)  # fmt: skip
def test_every_format_gives_keys_values_and_lines(
    path: str, text: str, expected: dict[str, tuple[str, int | None]]
) -> None:
    assert told(text, path) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("config/production.yml", "a: [\n"),
        ("config/production.json", "{"),
        ("config/production.toml", "a = \n"),
        ("prod.tfvars", "a = {\n"),
        (".env.production", "A\0B"),
        ("config/production.yml", "a: " + "{b: " * 60 + "1" + "}" * 60),
    ],
)
def test_what_is_broken_is_refused(path: str, text: str) -> None:
    with pytest.raises(FormatError):
        read(text, path=path)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("DEBUG", "true", True),
        ("APP_DEBUG", "1", True),
        ("app.debug", "true", True),
        ("NODE_ENV", "development", True),
        ("spring.profiles.active", "dev", True),
        ("DEBUG", "false", False),
        ("DEBUG", "", False),
        ("NODE_ENV", "production", False),
        ("DEBUGGER_URL", "true", False),
        ("LOG_LEVEL", "debug", False),
    ],
)
def test_debug_mode_is_told_by_name_and_value(key: str, value: str, expected: bool) -> None:
    assert debugs(Setting(key, value, 1)) is expected


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("CORS_ORIGINS", "*", True),
        ("CORS_ALLOWED_ORIGINS", "https://a.test,*", True),
        ("CORS_ALLOW_ALL_ORIGINS", "true", True),
        ("cors.allowed-origins", "*", True),
        ("cors.origin", "http://*", True),
        ("ALLOWED_HOSTS", "*", True),
        ("AllowedHosts", "*", True),
        ("CORS_ORIGINS", "https://a.test", False),
        ("CORS_ORIGINS", "https://*.a.test", False),
        ("CORS_ALLOW_ALL_ORIGINS", "false", False),
        ("GLOB", "*", False),
    ],
)
def test_origins_of_everybody_are_told(key: str, value: str, expected: bool) -> None:
    assert open_to_all(Setting(key, value, 1)) is expected
    if "hosts" in key.lower():
        assert not open_to_all(Setting(key, value, 1), hosts=False)


def test_secrets_are_told_and_references_are_none() -> None:
    settings = [
        Setting("DB_PASSWORD", "hunter2", 1),
        Setting("database.password", "changeme", 2),
        Setting("DB_PASSWORD_FILE", "/run/secrets/db", 3),
        Setting("API_TOKEN", "${API_TOKEN}", 4),
        Setting("JWT_SECRET", "", 5),
        Setting("existingSecret", "shop-db", 6),
    ]
    assert [one.line for one in secrets(settings)] == [1, 2]
