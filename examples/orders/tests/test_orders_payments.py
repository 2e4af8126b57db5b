"""The payments client: time limits and bounded retries."""

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from orders import payments
from orders.errors import PaymentsUnavailableError


@pytest.fixture
def pauses(monkeypatch):
    taken = []
    monkeypatch.setattr(payments.time, "sleep", taken.append)
    return taken


def client_for(answers, requests, **options):
    def answer(request):
        requests.append(request)
        result = answers[len(requests) - 1]
        if isinstance(result, Exception):
            raise result
        return httpx.Response(result)

    return payments.PaymentsClient(
        "http://payments.invalid/health", transport=httpx.MockTransport(answer), **options
    )


def test_first_answer_is_enough(pauses):
    requests = []
    client_for([200], requests, token=SecretStr("s3cret")).ping()
    assert len(requests) == 1
    assert requests[0].headers["Authorization"] == "Bearer s3cret"
    assert pauses == []


def test_no_token_no_header(pauses):
    requests = []
    client_for([204], requests).ping()
    assert "Authorization" not in requests[0].headers


def test_a_retry_helps(pauses):
    requests = []
    answers = [httpx.ConnectTimeout("slow"), 500, 200]
    with capture_logs() as events:
        client_for(answers, requests, retries=2).ping()
    assert len(requests) == 3
    assert pauses == [0.1, 0.2]
    assert [event["failure"] for event in events] == ["ConnectTimeout", "HTTP 500"]


def test_attempts_are_bounded(pauses):
    requests = []
    client = client_for([503, 503, 200], requests, retries=1)
    with pytest.raises(PaymentsUnavailableError, match="HTTP 503"):
        client.ping()
    assert len(requests) == 2


def test_every_call_has_a_time_limit():
    client = payments.PaymentsClient("http://payments.invalid", timeout=0.7)
    limit = client._client.timeout
    assert (limit.connect, limit.read, limit.write, limit.pool) == (0.7, 0.7, 0.7, 0.7)
    client.close()
    assert client._client.is_closed
