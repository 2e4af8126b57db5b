"""Load tests from the reports of k6, Locust, vegeta, JMeter, Gatling, wrk, hey and oha.

The newest run that carries a time decides, and undated ones beside it, never the best of several. Figures
that no measurement gives are refused. It cannot see which routes production uses, nor, for k6, Locust CSV,
hey and oha, where the load went: their reports name no host.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from auditor.formats.load.load_report import is_local
from auditor.model.evidence import Value
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import Context, Need, Observation, Problem, ProblemKind, probe
from auditor.probing.repo import Repo
from auditor.probing.reports.loadruns import LoadRun, knows, load_runs
from auditor.probing.reports.reports import none_read

_NUMBER, _LIST, _BOOLEAN = FactType.NUMBER, FactType.LIST, FactType.BOOLEAN
REQUESTS = FactSpec("load.requests", _NUMBER, "Requests of the load test", "requests")
RATE = FactSpec("load.rate", _NUMBER, "Successful requests a second under load", "req/s")
ERRORS = FactSpec("load.error_percent", _NUMBER, "Requests that failed under load", "%")
P50 = FactSpec("load.p50_ms", _NUMBER, "Median of response time under load", "ms")
P95 = FactSpec("load.p95_ms", _NUMBER, "95th percentile of response time under load", "ms")
P99 = FactSpec("load.p99_ms", _NUMBER, "99th percentile of response time under load", "ms")
DURATION = FactSpec("load.duration_s", _NUMBER, "Duration of the load test", "s")
HOSTS = FactSpec("load.hosts", _LIST, "Hosts that the load went to")
OPEN = FactSpec("load.open_model", _BOOLEAN, "Requests arrive whatever the service does")
FAILED = FactSpec("load.failed_thresholds", _LIST, "Thresholds of the load test that failed")
LOCAL = FactSpec("load.local_target", _BOOLEAN, "The load went to loopback or a laptop")
RUNS = FactSpec("load.runs", _NUMBER, "Believable reports of load tests", "runs")

_ALL = (REQUESTS, RATE, ERRORS, P50, P95, P99, DURATION, HOSTS, OPEN, FAILED, LOCAL)
_KEYS = tuple(f.key for f in (*_ALL, RUNS))
_NAMES = (
    "*k6*.json",
    "*locust*.csv",
    "*vegeta*.json",
    "*.jtl",
    "*jmeter*.xml",
    "wrk*.txt",
    "hey*.txt",
)
_NEXT = {
    RATE.key: "the rate of successful requests",
    ERRORS.key: "the share of failed requests",
    P50.key: "P50",
    P95.key: "P95",
    P99.key: "P99",
    DURATION.key: "its duration",
    HOSTS.key: "the host",
    OPEN.key: "whether requests arrive at a fixed rate",
}
_K6 = (
    "`mkdir -p reports && k6 run --new-machine-readable-summary --summary-export reports/k6.json"
    ' --summary-trend-stats "min,avg,med,p(95),p(99),max" {}`'
)
_TOOLS = (
    ("**/locustfile*.py", "`mkdir -p reports && locust -f {} --headless -t 10m --host https://STAGING"
                          " --csv reports/locust`"),
    ("**/*.jmx", "`mkdir -p reports && jmeter -n -t {} -l reports/load.jtl`"),
    ("**/*[Ss]imulation.{scala,java,kt}", "`mvn gatling:test` (keep js/stats.json and simulation.log)"),
    ("**/*vegeta*", "`mkdir -p reports && vegeta attack -duration=10m -rate=500 -targets=targets.txt"
                    " | vegeta report -type=json > reports/vegeta.json`"),
    ("**/k6/**/*.{js,ts}", _K6),
    ("**/*{k6,load-test,load_test,loadtest,stress}*.{js,ts}", _K6),
)  # fmt: skip
"""Files that show a tool, and the command that runs it on such a file, in backticks."""


@probe(
    "reports.load",
    title="Load test reports",
    needs=[Need.REPOSITORY],
    emits=[*_ALL, RUNS],
    timeout_s=180.0,
    pure=True,
)
def load(ctx: Context) -> Iterator[Observation]:
    """The facts of the run that decides."""
    found, problems = load_runs(ctx, *_KEYS)
    yield from problems
    # Those are the recorded normal, which reports.baseline reads; this is about the current version.
    runs = [run for run in found if "baseline" not in run.path.lower().split("/")[:-1]]
    if not runs:
        what = "No usable report of a load test was found below the service root or in `evidence:`."
        step = f"Run {command(ctx.repo)} against staging for ten minutes, then audit again."
        yield none_read(ctx.repo, what, step, _KEYS, *_NAMES, unread=problems, knows=knows)
        return
    deciding = [run for run in runs if run.made_at in (None, runs[0].made_at)]
    yield RUNS.of(
        len(runs),
        level=deciding[0].level,
        source=deciding[0].file.file.source,
        locations=[place for run in runs[:20] for place in run.place],
        produced_at=deciding[0].standing.produced_at,
    )
    for run in deciding:
        yield from _facts(run)


def _facts(run: LoadRun) -> Iterator[Observation]:
    values = measured(run)
    for fact in _ALL:
        if fact.key in values:
            yield fact.of(
                values[fact.key],
                level=run.level,
                source=run.file.file.source,
                locations=run.place,
                produced_at=run.standing.produced_at,
            )
    weak = run.standing.problem(run.path, *values)
    if weak is not None:
        yield weak
    yield from _gaps(run, values)


def measured(run: LoadRun) -> dict[str, Value]:
    """The facts that the report can tell, rounded to what a reader can use."""
    report = run.report
    numbers = {
        RATE.key: report.good_rate,
        ERRORS.key: report.error_percent,
        P50.key: report.p50_ms,
        P95.key: report.p95_ms,
        P99.key: report.p99_ms,
        DURATION.key: report.duration_s,
    }
    values: dict[str, Value] = {k: round(v, 4) for k, v in numbers.items() if v is not None}
    values[REQUESTS.key] = report.requests or 0
    values[FAILED.key] = list(report.thresholds_failed)
    if report.open_model is not None:
        values[OPEN.key] = report.open_model
    if report.hosts:
        values[HOSTS.key] = list(report.hosts)
        values[LOCAL.key] = any(is_local(host) for host in report.hosts)
    return values


def _gaps(run: LoadRun, values: dict[str, Value]) -> Iterator[Problem]:
    """What the report leaves out, and what its figures hide."""
    missing = [key for key in _NEXT if key not in values]
    if missing:
        told = ", ".join(_NEXT[key] for key in missing)
        what = f"{run.path} ({run.report.dialect}) does not tell {told}."
        hint = " ".join(run.report.remarks) or "Attest what the report leaves out."
        hidden = (*missing, *([LOCAL.key] if HOSTS.key in missing else []))
        yield Problem(ProblemKind.VACUOUS, what, hint, hidden, run.place)
    if run.report.open_model is False:
        what = (
            f"{run.path}: {run.report.dialect} waits for slow answers before it asks again,"
            " so the service's tail is longer than the P95 and P99 that it gives."
        )
        hint = "Use a fixed arrival rate: k6 constant-arrival-rate, vegeta, or wrk2."
        yield Problem(ProblemKind.VACUOUS, what, hint, (P95.key, P99.key), run.place)


def command(repo: Repo) -> str:
    """The command that makes a report with the tool and script of the service, else with k6."""
    for pattern, text in _TOOLS:
        found = repo.find(pattern)
        if found:
            return text.replace("{}", quote(repo.below(found[0].path)))
    return _K6.replace("{}", "load.js")
