"""Which lines hold a secret, which a stand-in, and which neither. Tokens are put together at run time."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats.secrets.secret_line import inspect, is_allowed, with_digest
from auditor.formats.secrets.secret_text import candidates, is_settings, joined, may_tell, new_lines
from auditor.formats.secrets.secret_value import is_stand_in, looks_generated

RANDOM = "kT9xQ2" + "vLm4RzW8pB3n"
KEY_BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


def web_token(payload: dict[str, object]) -> str:
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps(payload)]
    coded = [base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts]
    return ".".join([*coded, "dBjftJeZ4CVP" + "-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"])


def kinds(line: str, following: str = "", *, settings: bool = False) -> list[tuple[str, bool]]:
    """Rule and stand-in of each hit."""
    return [(h.rule, h.stand_in) for h in inspect(line, following, settings=settings)]


def real(line: str, following: str = "", *, settings: bool = False) -> bool:
    return any(not h.stand_in for h in inspect(line, following, settings=settings))


@pytest.mark.parametrize(
    "line",
    [
        f'password = "{RANDOM}"',
        f'  "client_secret": "{RANDOM}",',
        f"const apiKey = '{RANDOM}';",
        f'secret := "{RANDOM}"',
        f'API_TOKEN: str = "{RANDOM}"',
        f'os.environ.get("APP_SECRET_KEY", "{RANDOM}")',
        f'os.getenv("APP_TOKEN", default="{RANDOM}")',
        f"<dbPassword>{RANDOM}</dbPassword>",
        'db.password = "Sommer2023!"',
    ],
)
def test_a_named_random_value_is_a_secret(line: str) -> None:
    assert real(line)


@pytest.mark.parametrize(
    "line",
    [
        f"SECRET_KEY={RANDOM}",
        f"export DB_PASSWORD={RANDOM}",
        f"ENV API_TOKEN={RANDOM}",
        f"  client_secret: {RANDOM}  # rotate",
        f"# ADMIN_TOKEN={RANDOM}",
        f"    - APP_SECRET={RANDOM}",
    ],
)
def test_a_bare_value_counts_in_settings_only(line: str) -> None:
    assert real(line, settings=True)
    assert not real(line)


def test_a_value_on_the_line_below_its_name_is_seen() -> None:
    assert real("- name: APP_SECRET", f'  value: "{RANDOM}"\n', settings=True)
    assert not real("- name: APP_SECRET", "  valueFrom:\n", settings=True)


@pytest.mark.parametrize(
    "line",
    [
        'password = "changeme"',
        'api_key = "your-api-key-goes-here-123"',
        'SECRET_KEY = "django-insecure-9s8df7g6h5j4k3l2"',
        'token = "polar_cs_123"',
        'token = "<your token>"',
        'app_key = "S0m3R@nd0mStr1ngOf32Ch@rsEx@ctly"',
        'password: "cGFzc3dvcmQ="',
        'secret = "SomeRandomStringOf32CharsExactly"',
        'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
    ],
)
def test_a_stand_in_is_no_secret(line: str) -> None:
    assert not real(line)


@pytest.mark.parametrize(
    "line",
    [
        'password = os.environ["DB_PASSWORD"]',
        'password_field = "user_password_2"',
        'token_url = "https://login.example.net/oauth2/token"',
        'secret_name = "prod/orders/db-2024A"',
        f'password_hash = "$2b$12${RANDOM}"',
        'token = "--orbit-bg-surface2"',
        '"refresh_token": "#/paths/~1v1~1oauth2/RefreshTokenRequest"',
        '"credential-providers": "npm:useless@1.0.0"',
        f'integrity_key_sha = "sha512-{RANDOM}"',
        f'NEXT_PUBLIC_TOKEN = "{RANDOM}"',
        '"OAuth2: Client Credentials": "OAuth2：客户端凭据"',
        'stream_token = "550e8400-e29b-41d4-a716-446655440000"',
        'password: "Das Passwort muss 8 Zeichen haben"',
        f'placeholder: "{RANDOM}", name: "secret"',
        f'commit = "{RANDOM}"',
        "'password' => 'required|string|min:6|confirmed',",
        '"credential_uuid": "525756b010aa4c788881141acca72538"',
    ],
)
def test_words_paths_hashes_and_references_are_neither(line: str) -> None:
    assert not real(line)
    assert not real(line, settings=True)


@pytest.mark.parametrize(
    ("rule", "token"),
    [
        ("AWS access key", "AKIA" + "QYLPMN5HHHFPZAM2"),
        ("GitHub token", "ghp_" + RANDOM * 2),
        ("GitLab token", "glpat-" + RANDOM + "a1"),
        ("Slack token", "xoxb-" + "2345678901-2345678901-" + RANDOM),
        ("Stripe live key", "sk_" + "live_" + RANDOM + "9sYqT2"),
        ("SendGrid key", "SG." + RANDOM + "aB1x." + RANDOM * 2 + "aZ3dE5f"),
        ("npm token", "npm_" + RANDOM * 2),
        ("Telegram bot token", "728394051:AA" + RANDOM + "x" + RANDOM[:14]),
        ("DigitalOcean token", "dop_v1_" + "1f3a5c7e9b2d4f60" * 4),
    ],
)
def test_the_token_of_a_provider_needs_no_name(rule: str, token: str) -> None:
    assert (rule, False) in kinds(f"client.connect({token})")
    assert len(list(candidates(f"client.connect({token})".encode()))) == 1
    assert not real("x" + token + "Z9")


def test_documented_and_public_keys_are_stand_ins() -> None:
    assert kinds("AKIAIOSFODNN7EXAMPLE") in ([], [("AWS access key", True)])
    google = "AIza" + "SyCpVECWwcewa1COM15uAyOEM1hpNyvztRM"
    assert kinds(f'"current_key": "{google}"') == [("Google API key", True)]
    assert kinds(f'maps("{google}")') == [("Google API key", False)]


def test_a_private_key_is_its_body_not_its_heading() -> None:
    assert real("-----BEGIN RSA PRIVATE KEY-----", KEY_BODY + "\n")
    assert real(f"key = '-----BEGIN PRIVATE KEY-----\\n{KEY_BODY}\\n'")
    assert (
        kinds('if text.startswith("-----BEGIN PRIVATE KEY-----"):', "    return parse(text)\n")
        == []
    )
    assert not real("-----BEGIN PRIVATE KEY-----", "A" * 64)
    assert not real(f'KEY="-----BEGIN PRIVATE KEY-----\\n{KEY_BODY}..."')  # shows where one goes


def test_a_password_in_a_url_counts_unless_it_is_a_local_default() -> None:
    assert real(f"postgres://app:{RANDOM}@db.shop.io:5432/app")
    assert real("amqp://app:winterm00n@queue.shop.io")
    assert not real("postgres://postgres:postgres@localhost/app")
    assert not real("mongodb://off:off-wger@127.0.0.1")
    assert not real("postgres://app:winterm00n@db/app")
    assert not real("postgres://app:${DB_PASSWORD}@db.shop.io/app")
    assert not real("https://user:password@example.com")


def test_a_web_token_is_a_secret_when_it_lives_long_and_teaches_nothing() -> None:
    assert real(f"jwt {web_token({'sub': 'u91', 'role': 'service'})}")
    assert not real(f"jwt {web_token({'sub': '1234567890', 'name': 'John Doe'})}")
    assert not real(f"jwt {web_token({'sub': 'u91', 'iat': 1600000000, 'exp': 1600001800})}")
    assert not real(f"jwt {web_token({'sub': 'u91', 'exp': 123456})}")
    assert not real("jwt eyJhbGciOi.eyJub3RqZG.cGFkZGluZ3BhZGRpbmdwYWRkaW5n")


def test_values_never_come_out() -> None:
    assert RANDOM not in repr(inspect(f'password = "{RANDOM}"'))


@pytest.mark.parametrize(
    "comment",
    [
        "# pragma: allowlist secret", "// gitleaks:allow", "# nosec", "# noqa: S105", "# trufflehog:ignore",
        "# pragma: whitelist secret",
    ],
)  # fmt: skip
def test_a_comment_that_asks_to_overlook_is_noticed(comment: str) -> None:
    assert is_allowed(f'password = "x"  {comment}', "")


def test_the_line_before_may_ask_for_the_next_line_only() -> None:
    assert is_allowed("password = 'x'", "# pragma: allowlist nextline secret")
    assert not is_allowed("password = 'x'", "other = 'y'  # pragma: allowlist secret")


def test_a_digest_finds_its_value_on_the_line() -> None:
    digest = inspect(f'password = "{RANDOM}"')[0].digest
    assert with_digest(f'dbpass = "{RANDOM}"', digest) is True
    assert with_digest('dbpass = "other"', digest) is None


def test_candidates_carry_their_line_and_their_surroundings() -> None:
    text = b"a\n# above\npassword = 'x1'\nbelow\n\nx\ntoken: y\n"
    found = list(candidates(text))
    assert [(c.line, c.text, c.before) for c in found] == [
        (3, "password = 'x1'", "# above"),
        (7, "token: y", "x"),
    ]
    assert found[0].following.startswith("below\n")


def test_a_minified_line_is_read_once_and_in_parts() -> None:
    token = "ghp_" + RANDOM * 2
    data = ("var a=b;" * 3000 + f'x="{token}";' + "var a=b;" * 3000).encode()
    (found,) = candidates(data)
    assert token in found.text
    assert len(found.text) < 1000


def test_new_lines_come_once_and_with_what_a_key_needs() -> None:
    seen: set[bytes] = set()
    assert new_lines(b"a\nb\na", seen) == b"a\nb"
    assert new_lines(b"b\nc\n-----BEGIN PRIVATE KEY-----\na\nb\nb", seen) == (
        b"c\n-----BEGIN PRIVATE KEY-----\na\nb"
    )


def test_a_joined_file_has_one_line_for_each_whatever_it_holds() -> None:
    lines = ["a\r\nb", "c\x85d\u2028e", "f\x0cg"]
    assert len(joined(lines).decode().splitlines()) == 1 + len(lines)


def test_names_of_files_tell_how_they_are_read() -> None:
    assert [is_settings(p) for p in ("a/.env", "x.yml", "Dockerfile", "a.py", "b.ts")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert [may_tell(p) for p in ("a.py", "yarn.lock", "package-lock.json", "x.svg")] == [
        True, False, False, False,
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(line=st.text(max_size=300), below=st.text(max_size=200), bare=st.booleans())
def test_any_line_is_judged(line: str, below: str, bare: bool) -> None:
    assert all(len(h.digest) == 40 for h in inspect(line, below, settings=bare))
    assert is_allowed(line, below) in (True, False)
    assert looks_generated(line) in (True, False)
    assert is_stand_in(line) in (True, False)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_give_lines_in_order(data: bytes) -> None:
    lines = [c.line for c in candidates(data + b"\npassword: x\n")]
    assert lines == sorted(lines)
    assert lines[-1] == data.count(b"\n") + 2 or data[-40:].count(b"\n") == 0


@pytest.mark.parametrize(
    "piece", ["a_" * 5_000, "://a:" * 2_000, "eyJ" * 3_000, "key " * 3_000, '"' * 9_000]
)
def test_hostile_repetition_takes_no_time(piece: str) -> None:
    assert inspect(piece, piece, settings=True) == []
    assert len(list(candidates(piece.encode() * 20))) < 5_000
