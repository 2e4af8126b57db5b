"""The programs that make load: Locust with a locustfile of our own, else hey where it is installed.

wrk keeps to no rate, and so to no bound; k6 and vegeta are read from their reports alone. A generator
runs through the command door: in a process group of its own, killed at its deadline.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

from auditor.formats.load import hey_csv, load_stage
from auditor.formats.load.load_stage import Stage
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import ProblemKind, Source
from auditor.probing.doors.trouble import Trouble
from auditor.probing.live.load_plan import ABORT_ERRORS, ABORT_MEAN_S, TIMEOUT_S, most_under_way

if TYPE_CHECKING:
    from auditor.probing.contract import Context

USER_AGENT = "auditor (production readiness audit, load run)"
_SPARE_S = 30.0
_OUTPUT_LIMIT = 64 * 1024 * 1024


class Generator(Protocol):
    """Sends requests at a rate and tells what came of them."""

    source: Source | None
    """The last run of the program."""

    def stage(self, paths: tuple[str, ...], rate: float, seconds: float, most: int) -> Stage:
        """Send `rate` requests a second to `paths` in turn, `most` at most. Raises Trouble."""


def find_generator(ctx: Context, base: str) -> Generator:
    """Locust, else hey. Raises Trouble (tool_missing) where neither is installed."""
    if ctx.command.find("locust") is not None:
        return Locust(ctx, base)
    if ctx.command.find("hey") is not None:
        return Hey(ctx, base)
    raise Trouble(
        ProblemKind.TOOL_MISSING,
        "No program that makes load is installed.",
        "pip install 'auditor[load]' for Locust, or put hey on PATH.",
    )


class Locust:
    """An open load: requests leave at their moment, and are timed from it."""

    def __init__(self, ctx: Context, base: str) -> None:
        self._ctx, self._base = ctx, base
        self.source: Source | None = None

    def stage(self, paths: tuple[str, ...], rate: float, seconds: float, most: int) -> Stage:
        """One run of Locust."""
        plan = {
            "base": self._base,
            "paths": list(paths),
            "rate": rate,
            "seconds": seconds,
            "most_requests": most,
            "most_under_way": most_under_way(rate),
            "timeout_s": TIMEOUT_S,
            "headers": {"User-Agent": USER_AGENT},
            "abort_error_share": ABORT_ERRORS,
            "abort_mean_s": ABORT_MEAN_S,
        }
        script = files("auditor.probing.live").joinpath("load_locustfile.py").read_bytes()
        ran = self._ctx.command.run(
            ["locust", "-f", "locustfile.py", "--headless", "-u", "1", "-r", "1", "--only-summary",
             "--loglevel", "WARNING"],
            timeout_s=seconds + TIMEOUT_S + _SPARE_S,
            files={"locustfile.py": script, "plan.json": json.dumps(plan).encode()},
            network=True,
            output_limit=_OUTPUT_LIMIT,
        )  # fmt: skip
        self.source = ran.source
        try:
            return load_stage.parse(ran.stdout)
        except FormatError as error:
            raise _broken("Locust", ran.exit_code, ran.error_text, error) from None


class Hey:
    """A closed load: as many workers as may be under way, each at its share of the rate."""

    def __init__(self, ctx: Context, base: str) -> None:
        self._ctx, self._base = ctx, base
        self.source: Source | None = None

    def stage(self, paths: tuple[str, ...], rate: float, seconds: float, most: int) -> Stage:
        """One run of hey, which takes a single URL: the first path."""
        workers = max(1, min(most_under_way(rate), int(rate)))
        wanted = max(workers, min(round(rate * seconds), most) // workers * workers)
        ran = self._ctx.command.run(
            ["hey", "-n", str(wanted), "-c", str(workers), "-q", f"{rate / workers:.4f}",
             "-t", f"{TIMEOUT_S:.0f}", "-o", "csv", "-disable-redirects", "-H", f"User-Agent: {USER_AGENT}",
             self._base + paths[0]],
            timeout_s=2 * seconds + TIMEOUT_S + _SPARE_S,
            network=True,
            output_limit=_OUTPUT_LIMIT,
        )  # fmt: skip
        self.source = ran.source
        try:
            return hey_csv.parse(ran.stdout, rate, wanted, TIMEOUT_S)
        except FormatError as error:
            raise _broken("hey", ran.exit_code, ran.error_text, error) from None


def _broken(name: str, code: int, said: str, error: FormatError) -> Trouble:
    told = said.splitlines()[-1][:200] if said else str(error)
    return Trouble(
        ProblemKind.MALFORMED,
        f"{name} ended with {code} and gave no result that can be read: {told}",
        f"Run the audit again; if {name} is broken, install it anew.",
    )
