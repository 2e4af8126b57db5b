"""What code.secret_settings says of where a service takes its secrets from."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.secret_settings import secret_settings

APP = "import os\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
GENERATED = "kT9xQ2vLm4Zp8RwY3sBn"


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts without the part that all their keys have in common."""
    facts = values(run_probe(secret_settings, repo=files))
    return {key.removeprefix("secret_settings."): value for key, value in facts.items()}


def python(text: str, path: str = "config.py") -> dict[str, Value]:
    """The facts of a service with one file of settings."""
    return seen({"app.py": APP + f"import {path.removesuffix('.py')}\n", path: text})


def script(app: str) -> dict[str, Value]:
    """The facts of a Node service."""
    return seen({"package.json": '{"scripts": {"start": "node index.js"}}', "index.js": app})


def where(found: dict[str, Value]) -> str:
    """The lists that are not empty, by their first letters."""
    return "".join(sorted(name[0] for name, value in found.items() if value))


def test_present_secrets_of_the_environment_are_told_by_name() -> None:
    assert python("import os\n\nSECRET_KEY = os.environ['SECRET_KEY']\n") == {
        "read": ["config.py:3 SECRET_KEY"], "literal": [], "defaults": [], "store": [],
    }  # fmt: skip


def test_missing_a_service_without_a_secret_gives_no_clean_list() -> None:
    evidence = run_probe(secret_settings, repo={"app.py": APP})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(secret_settings, repo={"README.md": "SECRET_KEY=x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_gives_no_clean_list() -> None:
    app = APP + "import b\n\nSECRET_KEY = os.environ['SECRET_KEY']\n"
    evidence = run_probe(secret_settings, repo={"app.py": app, "b.py": "x\x00\n"})
    assert values(evidence) == {"secret_settings.read": ["app.py:8 SECRET_KEY"]}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_gives_no_clean_list() -> None:
    app = APP + "import b\n\nSECRET_KEY = os.environ['SECRET_KEY']\n"
    evidence = run_probe(
        secret_settings, repo={"app.py": app, "b.py": Trouble(ProblemKind.DENIED, "no")}
    )
    assert set(values(evidence)) == {"secret_settings.read"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("os.getenv('SECRET_KEY')", "r"),
        ("os.environ.get('SECRET_KEY', '')", "r"),
        ("os.environ.get('SECRET_KEY', None)", "r"),
        ("os.environ.get('SECRET_KEY', secrets.token_urlsafe(32))", "r"),
        ("os.environ.get('SECRET_KEY', 'changeme')", "d"),
        ("os.environ.get('SECRET_KEY', 'dev-key-42')", "d"),
        ("os.environ.get('SECRET_KEY') or 'insecure'", "d"),
        ("os.environ.get('SECRET_KEY', FALLBACK)", "d"),
        ("os.environ.get('SECRET_KEY', 'x1y2z3') if DEBUG else os.environ['SECRET_KEY']", "r"),
        ("'django-insecure-abc'", "l"),
        (f"'{GENERATED}'", "l"),
    ],
)
def test_what_a_secret_falls_back_to_decides(value: str, expected: str) -> None:
    assert (
        where(python(f"import os, secrets\n\nFALLBACK = 'abc-fallback'\nSECRET_KEY = {value}\n"))
        == expected
    )


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("secret_key: SecretStr", "r"),
        ("secret_key: str = Field(...)", "r"),
        ("secret_key: str | None = None", "r"),
        ("secret_key: str = Field(default_factory=make)", "r"),
        ("secret_key: SecretStr = SecretStr('changeme')", "d"),
        ("secret_key: str = Field('changeme', min_length=3)", "d"),
        ("database: SecretStr = SecretStr('hunter22')", "d"),
        ("database_url: str = 'postgresql://app:hunter22@db.example.net/app'", "d"),
        ("database_url: str = 'postgresql://app:app@localhost/app'", ""),
        ("session_cookie_key: str = 'our_session'", ""),
        ("token_ttl: int = 3600", ""),
        ("allow_password: bool = True", ""),
    ],
)
def test_fields_of_settings_are_read_from_the_environment(field: str, expected: str) -> None:
    text = f"from pydantic import Field, SecretStr\nfrom pydantic_settings import BaseSettings\n\n\nclass Base(BaseSettings):\n    pass\n\n\nclass Settings(Base):\n    {field}\n"
    assert where(python(text)) == expected


def test_false_green_a_default_that_the_service_refuses_is_none_and_one_that_it_only_warns_of_is() -> (
    None
):
    text = "import os\n\nSECRET_KEY = os.getenv('SECRET_KEY', 'changethis')\n"
    guard = "if SECRET_KEY == 'changethis':\n    raise ValueError('set it')\n"
    assert where(python(text + guard)) == "r"
    assert where(python(text + guard.replace("raise ValueError", "print"))) == "d"
    assert where(python(text + "\n".join(f"# {line}" for line in guard.splitlines()))) == "d"


def test_no_value_is_ever_shown() -> None:
    text = f"import os\n\nSECRET_KEY = os.getenv('SECRET_KEY', '{GENERATED}')\nAPI_TOKEN = '{GENERATED}'\n"
    evidence = run_probe(
        secret_settings, repo={"app.py": APP + "import config\n", "config.py": text}
    )
    assert values(evidence)["secret_settings.literal"] == ["config.py:4 API_TOKEN"]
    assert GENERATED not in repr(evidence)


@pytest.mark.parametrize(
    "text",
    [
        "ACCESS_TOKEN = 'access_token'\n",
        "PASSWORD_LABEL = 'Your password please'\n",
        "class Kinds(str, Enum):\n    TOKEN = 'kT9xQ2vLm4Zp8RwY3sBn'\n",
        "# SECRET_KEY = 'kT9xQ2vLm4Zp8RwY3sBn'\n",
        "class Development:\n    SECRET_KEY = 'kT9xQ2vLm4Zp8RwY3sBn'\n",
        "def f():\n    token = 'abcdef'\n",
        "TOKEN_URL = 'https://login.example.net/token'\n",
    ],
)
def test_names_messages_and_settings_of_development_are_no_secrets(text: str) -> None:
    assert python("import os\n\nAPI_KEY = os.environ['API_KEY']\n" + text)["literal"] == []


def test_false_green_secrets_in_files_that_nobody_imports_or_of_tests_do_not_count() -> None:
    files = {"app.py": APP, "unused.py": "import os\n\nSECRET_KEY = os.environ['SECRET_KEY']\n"}
    assert seen(files) == {}


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("const secret = process.env.JWT_SECRET;\n", "r"),
        ("const secret = process.env.JWT_SECRET || 'secret';\n", "d"),
        ("const secret = process.env.JWT_SECRET ?? 'abc';\n", ""),
        ("const { JWT_SECRET = 'hunter22' } = process.env;\n", "d"),
        ("const env = z.object({ JWT_SECRET: z.string().min(32) }).parse(process.env);\n", "r"),
        (
            "const env = z.object({ JWT_SECRET: z.string().default('hunter22') }).parse(process.env);\n",
            "d",
        ),
        ("const jwt = require('jsonwebtoken');\njwt.sign({ a: 1 }, 'hunter22');\n", "l"),
        ("app.use(session({ secret: 'keyboard cat' }));\n", "l"),
        ("const form = { password: 'password', token: 'token' };\n", ""),
        ("// jwt.sign({ a: 1 }, 'hunter22');\n", ""),
        ("export const AUTH_TOKEN = 'shop.auth';\n", ""),  # where a browser keeps it
        ("export const SESSION_TOKEN_KEY = '@shop:session-token';\n", ""),
        ("const life = process.env.AUTH_TOKEN_EXPIRES_IN || '15m';\n", ""),
        ("const life = process.env.TOKEN_VALIDITY || 'P1D';\n", ""),
        ("const rounds = process.env.PASSWORD_SALT_ROUNDS || 'twelve';\n", ""),
        ("export const AUTH_TOKEN = 'shop-auth';\n", "l"),
        ("export const AUTH_SECRET = 'shop.auth';\n", "l"),
        ("export const SECRET_KEY = 'super.secret.key';\n", "l"),
        ("export const API_KEY = 'dev.key';\n", "l"),
        ("export const KEY_PASSWORD_MAX_AGE = 'login.methods.password.max_age';\n", ""),
        ("export const LINK_WITH_OLD_CREDENTIAL = 'confirm_with_old_credential';\n", ""),
        ("export const AUTH_TOKEN = 'shop.password.auth';\n", "l"),
    ],
)
def test_scripts_are_judged_alike(app: str, expected: str) -> None:
    found = where(script(app))
    assert found == (expected or ("d" if "??" in app else ""))


def go(body: str, more: str = "") -> dict[str, Value]:
    """The facts of a Go service."""
    text = f"package main\n\nfunc main() {{\n{body}\n}}\n{more}"
    return seen({"go.mod": "module own\n", "main.go": text})


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        ('key := os.Getenv("JWT_SECRET")', "", "r"),
        ('key := os.Getenv("JWT_SECRET")\nif key == "" {\n\tkey = "hunter22"\n}', "", "d"),
        ('key := getEnv("JWT_SECRET", "hunter22")', "", "d"),
        ('key := cmp.Or(os.Getenv("JWT_SECRET"), "hunter22")', "", "d"),
        (
            "run()",
            'type Config struct {\n\tSecret string `env:"JWT_SECRET" envDefault:"hunter22"`\n}\n',
            "d",
        ),
        ("run()", 'type Config struct {\n\tSecret string `env:"JWT_SECRET,required"`\n}\n', "r"),
        ("run()", 'var JWT_SECRET = []byte("hunter22")\n', "l"),
    ],
)
def test_go_is_judged_alike(body: str, more: str, expected: str) -> None:
    assert where(go(body, more)) == expected


def test_a_store_counts_where_its_client_reads() -> None:
    made = "import boto3\n\nclient = boto3.client('secretsmanager')\n"
    reading = made + "value = client.get_secret_value(SecretId='x')\n"
    assert python(reading)["store"] == ["config.py:3 AWS Secrets Manager or Parameter Store"]
    assert where(python(made)) == ""
    assert where(python(reading.replace("secretsmanager", "s3"))) == ""
    unused = "import boto3\n\n\ndef never():\n    client = boto3.client('secretsmanager')\n    return client.get_secret_value(SecretId='x')\n"
    assert where(python(unused)) == ""
