"""`auditor gate`: compare a change with its base, and block on what is new."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.audit import command as audit_command
from auditor.cli.audit import keep, options_of
from auditor.cli.errors import Refusal, Undecided, refusals
from auditor.cli.output import deliver, refuse_early, wanted
from auditor.cli.tell import silence, tell

if TYPE_CHECKING:
    from auditor.collect.runner import Progress
    from auditor.model.report import Report
    from auditor.pipeline import Audit, Options

_EPILOG = """\b
Examples:
  auditor gate . --against origin/main
  auditor gate . --against origin/main --format markdown=gate.md
  auditor gate . --against origin/main --comment    in CI, with a token
  auditor gate . --against origin/main --runs runs/ bundles of runs on main
  auditor gate services/orders --against main --only 'repo.*' --only 'ci.*'
  auditor gate . --baseline evidence/               a bundle of a run on main
  auditor gate . --adopt readiness/baseline.json
  auditor gate . --baseline readiness/baseline.json --against origin/main

--against audits the commit where the head left REF in a clean checkout outside the repository,
without its reports and without a deployment; a bundle of a run on main has both, and is taken
where --runs holds one of that very commit. Configuration,
checklist, waivers and attestations are read from the base: a change of them in the head is listed,
and counts from the next merge on. --adopt writes today's state down; over a baseline that is there
already it only tightens. With a baseline no number (such as coverage) may get worse either.
A baseline in the repository is best given with --against REF: it is then read as it was there, so
that a change cannot loosen the baseline that it is compared with.

\b
Exit codes:
  0   met: no blocker is open that was not open before
  1   not met: a new blocker, or something worse inside one that is open
  2   wrong use, or a mistake in a configuration file
  3   too little evidence to say: no base, or evidence that the base had is lost
"""


_BASES = ({"against"}, {"baseline"}, {"against", "baseline"}, {"adopt"})


def command_callback(
    path: Path,
    against: str | None,
    baseline: Path | None,
    adopt: Path | None,
    runs: Path | None,
    formats: tuple[str, ...],
    bundle: Path | None,
    quiet: bool,
    comment: bool,
    **asked: Any,
) -> None:
    """Compare PATH (default: here) with a base, and exit 1 on a new blocker."""
    named = {"against": against, "baseline": baseline, "adopt": adopt}
    if {n for n, value in named.items() if value is not None} not in _BASES:
        raise click.UsageError(
            "Name what to compare with: --against REF, --baseline FILE, both of them for a baseline in"
            " the repository, or --adopt FILE to write one."
        )
    if runs is not None and (against is None or baseline is not None):
        raise click.UsageError("--runs DIR goes with --against REF alone, which names the base.")
    chosen = wanted(formats)
    from auditor.cli.progress import Shown
    from auditor.gate_base import NoBase
    from auditor.report.reading import BadReport
    from auditor.store.baseline import BadBaseline
    from auditor.store.bundle import check

    with refusals():
        refuse_early(chosen)
        if bundle is not None:
            check(bundle)
        try:
            with _ended_like_ctrl_c(), Shown() if not quiet else nullcontext() as progress:
                done = _run(options_of(path, asked), against, baseline, adopt, runs, progress)
        except NoBase as error:
            raise Undecided(str(error)) from None
        except (BadBaseline, BadReport) as error:
            raise Refusal(str(error)) from None
        if bundle is not None:
            keep(bundle, done.files, done.report)
        try:
            deliver(done.report, chosen, quiet=quiet)
        except BrokenPipeError:  # whoever read has seen enough; the answer stays what it is
            silence(sys.stdout)
    if comment:
        publish_comment(done.report)
    gate = done.report.gate
    if adopt is not None and gate is None:
        tell(f"baseline: {adopt}. Compare with it: auditor gate . --baseline {adopt}")
    elif adopt is not None:
        tell(f"{adopt} was not changed: a baseline only tightens, and the state is worse than it.")
    if gate is not None and gate.exit_code:
        raise SystemExit(gate.exit_code)


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM, with which a CI cancels a job, lets nothing of the checkout of the base lie about."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def publish_comment(report: Report) -> None:
    """Comment on the request under review. A comment that fails is told, and changes no answer."""
    from auditor.publishing import NotPublished, publish, request_of
    from auditor.report.comment import marker, render

    try:
        request = request_of(os.environ)
        done = publish(request, marker(report), render(report))
    except NotPublished as error:
        tell(f"no comment: {error}")
    else:
        tell(f"comment: {done} on {request.name}")


def _run(
    options: Options,
    against: str | None,
    baseline: Path | None,
    adopt: Path | None,
    runs: Path | None,
    progress: Progress | None,
) -> Audit:
    from auditor import gating

    if adopt is not None:
        return gating.adopt(options, adopt, progress)[0]
    if baseline is not None:
        return gating.gate_baseline(options, baseline, progress, ref=against)
    return gating.gate_against(options, against or "", progress, runs=runs)


_OWN = (
    click.Option(
        ["--against"],
        metavar="REF",
        help="The branch that the change goes into, such as origin/main.",
    ),
    click.Option(
        ["--baseline"],
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A baseline file, or the folder of a bundle. With --against REF too, the file is read"
        " as it was where the head left REF.",
    ),
    click.Option(
        ["--adopt"],
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write today's state to FILE as a baseline; an earlier one is only tightened.",
    ),
    click.Option(
        ["--runs"],
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="A folder of bundles: the one of the commit where the head left REF is compared with.",
    ),
    click.Option(
        ["--comment"],
        is_flag=True,
        help="Comment on the pull or merge request: one comment, kept current."
        " Needs GITHUB_TOKEN or GITLAB_TOKEN.",
    ),
)
command = click.Command(
    "gate",
    callback=command_callback,
    params=[
        *(p for p in audit_command.params if p.name == "path"),
        *_OWN,
        *(p for p in audit_command.params if p.name not in ("path", "fail_on")),
    ],
    help=command_callback.__doc__,
    epilog=_EPILOG,
)
