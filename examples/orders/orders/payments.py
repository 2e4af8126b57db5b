"""The client of the payments service: every call has a time limit and bounded retries."""

import time

import httpx
from pydantic import SecretStr

from orders.errors import PaymentsUnavailableError
from orders.logs import get_logger

log = get_logger(__name__)

_FIRST_PAUSE_SECONDS = 0.1


class PaymentsClient:
    """Asks the payments service whether it is well."""

    def __init__(
        self,
        url: str,
        *,
        token: SecretStr | None = None,
        timeout: float = 2.0,
        retries: int = 1,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url = url
        self._attempts = 1 + retries
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout),
            headers=headers,
            follow_redirects=False,
            transport=transport,
        )

    def ping(self) -> None:
        """Raise PaymentsUnavailableError unless one of the attempts gets a 2xx answer."""
        failure = ""
        for attempt in range(1, self._attempts + 1):
            if attempt > 1:
                time.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 2))
            try:
                response = self._client.get(self._url)
            except httpx.HTTPError as exc:
                failure = type(exc).__name__
            else:
                if response.is_success:
                    return
                failure = f"HTTP {response.status_code}"
            log.warning("payments_attempt_failed", attempt=attempt, failure=failure)
        raise PaymentsUnavailableError(f"The payments service did not answer well: {failure}.")

    def close(self) -> None:
        """Close the pooled connections."""
        self._client.close()
