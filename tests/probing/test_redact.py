"""Secrets are taken out of text; everything else stays, quickly, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.probing.doors.redact import redact, redact_bytes
from tests.clocks import at_most

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq\n9/+aB==\n-----END RSA PRIVATE KEY-----"
TAIL = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5hJ7k"
SECRETS = {
    "AWS key id": "AKIA" + "IOSFODNN7EXAMPLQ",
    "AWS secret": "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYz",
    "GitHub": "ghp_" + TAIL,
    "GitHub fine-grained": "github_pat_" + TAIL + "_" + TAIL,
    "GitLab": "glpat-" + TAIL[:20],
    "Slack": "xoxb-" + "123456789012-" + TAIL[:24],
    "Slack hook": "https://hooks.slack.com/services/T00000000/B00000000/" + TAIL[:24],
    "Stripe": "sk_live_" + TAIL[:24],
    "OpenAI": "sk-proj-" + TAIL,
    "Google": "AIza" + TAIL[:35],
    "Google OAuth": "ya29." + TAIL,
    "npm": "npm_" + TAIL[:36],
    "PyPI": "pypi-" + TAIL + TAIL,
    "Hugging Face": "hf_" + TAIL[:34],
    "SendGrid": "SG." + TAIL[:22] + "." + TAIL,
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + TAIL,
    "private key": KEY,
    "bearer header": "Authorization: Bearer " + TAIL,
    "basic header": "authorization: Basic dXNlcjpodW50ZXIy",
    "odd header": "< Set-Cookie: session=" + TAIL + "; HttpOnly",
    "API key header": "X-Api-Key: " + TAIL,
    "bearer in code": f'headers={{"Authorization": "Bearer {TAIL}"}}',
    "cookie in JSON": f'{{"Cookie": "session={TAIL}"}}',
    "URL": f"postgresql://app:{TAIL}@db.test:5432/orders",
    "URL without a user": f"redis://:{TAIL}@cache.test",
    "URL with an at sign": f"amqp://app:p@{TAIL}@mq.test/",
    "query": f"https://x.test/cb?code=1&access_token={TAIL}&state=2",
    "signed URL": f"https://s3.test/x?X-Amz-Signature={TAIL}",
    "SAS": f"https://b.test/c?sv=2020&sig={TAIL}",
    "dotenv": f"DB_PASSWORD={TAIL}",
    "short password": "PASSWORD=hunter2",
    "YAML": "db:\n  password: hunter2",
    "YAML quoted": "api_key: 'hunter2 hunter2'",
    "JSON": '{"clientSecret": "hunter2"}',
    "TOML": 'db_pass = "hunter2"',
    "arrow": "password => hunter2",
    "escaped": '{"password": "hun\\"ter2"}',
    "connection string": f"AccountName=x;AccountKey={TAIL}==;",
    "npmrc": f"//registry.npmjs.org/:_authToken={TAIL}",
}
HIDDEN = {
    name: ["hunter2", TAIL[:16], "ter2", "MIIEp", "dXNlcjpodW50", "wJalr", "IOSFODNN7"]
    for name in SECRETS
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("frame", ["{}", "before {} after", "line\n{}\nline", "é {}"])
def test_secrets_of_many_kinds_are_masked(name: str, frame: str) -> None:
    if name.endswith("header") and frame.startswith(("before", "é")):
        frame = "{}"
    cleaned = redact(frame.format(SECRETS[name]))
    assert "[redacted]" in cleaned
    assert [part for part in HIDDEN[name] if part in cleaned] == []


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("password: hunter2 # of the staging db", "password: [redacted] # of the staging db"),
        ('{"token": "abc", "user": "dana"}', '{"token": "[redacted]", "user": "dana"}'),
        ("PASSWORD='a b c' next", "PASSWORD='[redacted]' next"),
        ("https://user:secret@host/path?x=1", "https://user:[redacted]@host/path?x=1"),
        ("GET /?token=abc&x=1 HTTP/1.1", "GET /?token=[redacted]&x=1 HTTP/1.1"),
        ("Cookie: a=b; c=d\nAccept: */*", "Cookie: [redacted]\nAccept: */*"),
        (f"{KEY}\nnext", "[redacted]\nnext"),
    ],
)
def test_the_words_around_a_secret_stay(text: str, cleaned: str) -> None:
    assert redact(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The token expires after an hour, and the secret is rotated.",
        "12 tests passed, 0 failed; coverage is 90.5 %.",
        "def token(self, password: str, secret: SecretStr | None = None) -> str:",
        "password: Optional[str] = None",
        "api_key: str = Field(...)",
        "token = get_token()",
        "secret = settings.secret_key",
        "password = os.environ['DB_PASSWORD']",
        'api_key = os.getenv("API_KEY")',
        "if token == self.token:",
        "password: ${DB_PASSWORD}",
        "DB_PASSWORD=$DB_PASSWORD",
        "token: ${{ secrets.GITHUB_TOKEN }}",
        "password: {{ vault_password }}",
        "permissions:\n  id-token: write\n  contents: read",
        "secrets: inherit",
        '{"max_tokens": 128000, "tokens": 7, "password": null, "secret": true, "token": ""}',
        "https://example.net/a/b?c=d#e",
        "git@github.com:owner/name.git",
        "user@example.net: hello",
        "commit c0ffee0000000000000000000000000000000000",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "<testsuite name='auth' tests='3' failures='0'/>",
        '{"metrics": {"_totals": {"SEVERITY.HIGH": 0, "nosec": 1}}}',
        "ask-the-team and disk-usage-of-the-whole-cluster-is-high",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "Cookies are set by the shop.",
        "basic usage of the bearer",
    ],
)
def test_normal_text_code_and_json_stay(text: str) -> None:
    assert redact(text) == text


def test_a_key_without_an_end_is_masked_and_the_rest_stays() -> None:
    assert redact("-----BEGIN PRIVATE KEY-----\nMIIEabc\n(cut off)") == "[redacted](cut off)"
    assert (
        redact('if "-----BEGIN PRIVATE KEY-----" in text: raise')
        == 'if "[redacted]" in text: raise'
    )


PIECES = st.sampled_from(
    [*SECRETS.values(), "token", "password", "=", ":", " ", "\n", '"', "'", "\\", "://", "@", "&", "[redacted]", "{", "}", ".", "-", "eyJ", "Bearer ", "Cookie: ", "x" * 9]
)  # fmt: skip
TEXTS = st.text() | st.lists(PIECES, max_size=8).map("".join)


@given(TEXTS)
@example("token=token=x")
@example('token="a"token=b')
@example("cookie: cookie: x")
@example("://_PASS:/;@")
def test_what_is_clean_stays_clean(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(TEXTS | st.text(alphabet=st.characters(categories=["Cs", "Cc", "Lu", "Po"])))
def test_no_text_breaks_it(text: str) -> None:
    assert isinstance(redact(text), str)


@given(st.binary())
def test_bytes_that_hold_no_secret_stay_byte_for_byte(data: bytes) -> None:
    if b"=" not in data and b":" not in data:
        assert redact_bytes(data) == data


def test_secrets_between_other_bytes_are_masked_too() -> None:
    data = b"\xff\xfe password=hunter2 \x00\xe9"
    assert redact_bytes(data) == b"\xff\xfe password=[redacted] \x00\xe9"
    assert redact_bytes("é password=hunter2".encode()) == "é password=[redacted]".encode()


@pytest.mark.parametrize(
    "piece",
    [
        "a", "1", "-", ".", " ", "\n", "=", ":", "@", '"', "'", "\\", "a.", "a-", "token", "password:", "token=",
        'token="', "token='\\", "secret_", "eyJaaaaaaaa-", "eyJaaaaaaaa.", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----\n",
        "sk-", "SG.a-", "://", "://a:", "x://a@", "Bearer ", "Cookie:", "authorization:\n", "_pass", "AKIA", "ghp_",
        "token" + " " * 40, "A" * 60 + "=", '{"k":"v"},', "\\n", "é",
    ],
    ids=repr,
)  # fmt: skip
def test_no_long_line_takes_more_than_linear_time(piece: str) -> None:
    """A pattern that may start or stop anywhere in it would take minutes."""
    text = piece * (50_000 // len(piece))
    with at_most(2):
        for start in ("", "token=", "x://", "Cookie: ", "-----BEGIN PRIVATE KEY-----"):
            redact(start + text)


@pytest.mark.parametrize("piece", ["a", "token", "eyJaaaaaaaa-", '{"k":"v"},'])
def test_a_line_of_a_megabyte_takes_no_time_to_speak_of(piece: str) -> None:
    with at_most(6):
        redact(piece * (1_000_000 // len(piece)))
