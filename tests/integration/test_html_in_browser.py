"""The HTML report in a real browser: its script runs, filters, and asks nothing of the network."""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.report.registry import render

from ..report.sample import report

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-pipe",
)
PATIENCE_S = 60.0


class Browser:
    """Chromium over its debugging pipe: JSON messages that end with a zero byte."""

    def __init__(self, command: str, profile: Path) -> None:
        read_commands, self._commands = os.pipe()
        self._answers, write_answers = os.pipe()
        # Chromium reads descriptor 3 and writes descriptor 4; a shell puts them there.
        shell = f'exec "$0" "$@" 3<&{read_commands} 4>&{write_answers}'
        self._process = subprocess.Popen(
            [
                "/bin/bash",
                "-c",
                shell,
                command,
                *FLAGS,
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            pass_fds=(read_commands, write_answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_commands)
        os.close(write_answers)
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """The result of one command; events that come meanwhile are kept."""
        number = next(self._numbers)
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def wait_for(self, method: str) -> None:
        """Return when an event of that name has come."""
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self._next())

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self._rest:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._answers], [], [], max(left, 0))
            assert ready, "Chromium did not answer"
            chunk = os.read(self._answers, 1 << 20)
            assert chunk, "Chromium ended early"
            self._rest += chunk
        message, _, self._rest = self._rest.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def close(self) -> None:
        os.close(self._commands)
        os.close(self._answers)
        self._process.terminate()
        self._process.wait(timeout=30)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    command = shutil.which("chromium") or shutil.which("chromium-browser")
    if command is None:
        reason = "Chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("AUDITOR_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    started = Browser(command, tmp_path / "profile")
    yield started
    started.close()


SHOWN = "document.querySelectorAll('.item:not([hidden])').length"
COUNT = "document.getElementById('shown').textContent"


def _tick(name: str, value: str) -> str:
    return f"document.querySelector('input[name={name}][value={value}]').click()"


def test_the_page_filters_and_opens_items_without_errors_or_requests(
    browser: Browser, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    page.write_text(render("html", report("<img src=https://evil.example/x onerror=alert(1)>")))
    for domain in ("Page", "Runtime", "Log", "Network"):
        browser.call(f"{domain}.enable")
    browser.call("Page.navigate", url=f"{page.as_uri()}#item-performance.load.throughput")
    browser.wait_for("Page.loadEventFired")

    assert browser.evaluate("document.documentElement.dataset.script") == "ran"
    assert (
        browser.evaluate("document.querySelector('.item[open]').id")
        == "item-performance.load.throughput"
    )
    assert browser.evaluate(SHOWN) == 26
    assert browser.evaluate(COUNT) == "Showing 26 of 26 items"

    browser.evaluate("document.getElementById('only-open').click()")
    assert browser.evaluate(SHOWN) == 15
    browser.evaluate(_tick("severity", "blocker"))
    assert browser.evaluate(COUNT) == "Showing 7 of 26 items"
    browser.evaluate(
        "const box = document.getElementById('words'); box.value = 'LINE coverage';"
        "box.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert browser.evaluate(COUNT) == "Showing 1 of 26 items"
    assert browser.evaluate("document.querySelectorAll('.category:not([hidden])').length") == 1
    browser.evaluate(_tick("severity", "critical"))
    assert browser.evaluate("document.getElementById('nothing').hidden") is False

    # A link to an item that the filter hides shows it again.
    browser.evaluate(
        "document.querySelector('a[href=\"#item-performance.load.throughput\"]').click()"
    )
    browser.evaluate("dispatchEvent(new Event('hashchange'))")
    assert browser.evaluate(SHOWN) == 26

    before = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    browser.evaluate("document.getElementById('theme').click()")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") != before

    asked = [
        e["params"]["request"]["url"]
        for e in browser.events
        if e.get("method") == "Network.requestWillBeSent"
    ]
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    trouble = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
    assert [e for e in browser.events if e.get("method") in trouble] == []
