"""What in the text of a test shows that it talks to a stand-in, or to a server of its own, instead of guessing."""

from __future__ import annotations

import re

from auditor.formats.web.external_systems import System, SystemKind, names_in

_COMMENT = re.compile(r"^\s*(?:#|//|\*|/\*|--)")
_MOCKS = re.compile(
    r"\b(?:unittest\.mock|from mock|import mock|MagicMock|AsyncMock|Mock\(|mocker\b|pytest_mock|monkeypatch\.setattr"
    r"|@patch\b|mock\.patch|patch\(|create_autospec|jest\.(?:mock|fn|spyOn)|vi\.(?:mock|fn|spyOn)|sinon\b|proxyquire"
    r"|td\.replace|Mockito\b|@Mock(?:Bean|itoBean)?\b|@InjectMocks|mockk\b|gomock\b|testify/mock|NSubstitute|new Mock<"
    r"|FakeItEasy|instance_double|class_double|double\(|allow\(|createMock\(|prophesize\(|Mockery\b|dependency_overrides)"
)
_HTTP_STAND_INS = re.compile(
    r"\b(?:import responses|responses\.(?:add|activate|get|post)|@responses|respx\b|requests_mock|httpretty"
    r"|pytest_httpx|httpx_mock|aioresponses|vcr\b|betamax|nock\(|require\(['\"]nock|from ['\"]nock|msw\b|WireMock"
    r"|wiremock|MockWebServer|MockServer|mockserver|WebMock|stub_request|gock\b|httpmock|httptest\.NewServer|MockTransport"
    r"|axios-mock-adapter|MockAdapter|fetch-mock|pook\b|mountebank|prism\b|stripe-mock)"
)
_MEMORY = re.compile(
    r"\bsqlite|:memory:|\bh2:mem\b|jdbc:h2|\bhsqldb|go-sqlmock|sqlmock|alasql|InMemory", re.I
)
_LOCAL_MAIL = re.compile(
    r"locmem|mail\.outbox|nodemailer-mock|console\.EmailBackend|dumbster|GreenMailStub"
)
_LOCAL_CACHE = re.compile(r"locmem|DummyCache|SimpleCache|InMemory|MemoryCache")
_LOCAL_BROKER = re.compile(
    r"task_always_eager|CELERY_TASK_ALWAYS_EAGER|memory://|StubBroker|InMemory", re.I
)
_LOCAL_STORAGE = re.compile(
    r"FileSystemStorage|InMemoryStorage|mock_aws|mock_s3|@mock_|localstack", re.I
)
_LOCAL: dict[SystemKind, re.Pattern[str]] = {
    SystemKind.DATABASE: _MEMORY,
    SystemKind.MAIL: _LOCAL_MAIL,
    SystemKind.CACHE: _LOCAL_CACHE,
    SystemKind.BROKER: _LOCAL_BROKER,
    SystemKind.STORAGE: _LOCAL_STORAGE,
}
_OF_DATABASES = frozenset({"session", "engine", "connection", "cursor", "repo", "transaction"})
_CONTAINER = re.compile(r"testcontainers|[Cc]ontainer\s*[(<]|Container;|@Container", re.ASCII)
_LONGEST = 2_000


def stand_in(text: str, system: System) -> str:
    """What in a test's own text pretends to be `system`, "" where nothing does. A mock of whatever kind
    counts, since nothing shows what it replaces."""
    return stand_in_for(text, system) or _first(text, _MOCKS)


def stand_in_for(text: str, system: System) -> str:
    """The same in text that many tests share: only what pretends to be this very system."""
    local = _LOCAL.get(system.kind)
    if system.kind is SystemKind.UPSTREAM:
        local = _HTTP_STAND_INS
    for line in _lines(text):
        found = local.search(line) if local is not None else None
        if found is None and system.stand_ins is not None:
            found = system.stand_ins.search(line.lower()) or system.stand_ins.search(
                line.lower().replace("_", "-")
            )
        if found is None:
            mock = _MOCKS.search(line)
            found = mock if mock and _means(line, system) else None
        if found is not None:
            return found.group().strip()
    return ""


def container(text: str, system: System) -> bool:
    """Whether a test's text starts a throw-away server of the system (Testcontainers)."""
    if "testcontainers" not in text.lower():
        return False
    return any(_CONTAINER.search(line) and names_in(line) & system.words for line in _lines(text))


def _means(line: str, system: System) -> bool:
    names = names_in(line)
    own = system.words | system.general
    if system.kind is SystemKind.DATABASE:
        own |= _OF_DATABASES
    return bool(names & own)


def _first(text: str, pattern: re.Pattern[str]) -> str:
    found = (pattern.search(line) for line in _lines(text))
    return next((match.group().strip() for match in found if match), "")


def _lines(text: str) -> list[str]:
    """The lines that are no comment, as far as their start tells."""
    return [line[:_LONGEST] for line in text.splitlines() if not _COMMENT.match(line[:_LONGEST])]
