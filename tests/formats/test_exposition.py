"""A /metrics answer: families with their counts, in either format, whatever its size."""

from __future__ import annotations

from typing import Any

import prometheus_client
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.monitoring import exposition
from auditor.formats.monitoring.exposition import CHECKED_SAMPLES, Family, is_default, parse, sniff
from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from tests.clocks import at_most

CLASSIC = b"""# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="a"} 3
jobs_total{queue="b"} 0 1700000000000
# TYPE latency_seconds histogram
latency_seconds_bucket{path="/",le="0.1"} 0
latency_seconds_bucket{path="/",le="+Inf"} 0
latency_seconds_sum{path="/"} 0
latency_seconds_count{path="/"} 0
# TYPE size summary
size{quantile="0.5"} NaN
size_sum 0
size_count 0
plain 1

# a comment
# TYPE python_gc_objects_collected_total counter
python_gc_objects_collected_total{generation="0"} 7
"""
OPENMETRICS = b"""# TYPE jobs counter
# HELP jobs Jobs.
jobs_total{queue="a"} 0.0 # {trace_id="x"} 1.0
jobs_created{queue="a"} 1.7e9
# TYPE build info
build_info{version="1"} 1.0
# EOF
"""


def by_name(data: bytes) -> dict[str, Family]:
    return {family.name: family for family in parse(data).families}


def test_samples_are_gathered_into_families() -> None:
    families = by_name(CLASSIC)
    assert list(families) == [
        "jobs_total",
        "latency_seconds",
        "size",
        "plain",
        "python_gc_objects_collected_total",
    ]
    assert families["jobs_total"] == Family("jobs_total", "counter", True, 2, 1, 2, ("jobs_total",))
    assert families["plain"] == Family("plain", None, False, 1, 1, 1, ("plain",))


def test_a_histogram_counts_as_one_series() -> None:
    family = by_name(CLASSIC)["latency_seconds"]
    assert (family.samples, family.label_sets, family.help) == (4, 1, False)


def test_zero_and_not_a_number_are_not_alive() -> None:
    report = parse(CLASSIC)
    assert [family.name for family in report.live_families] == ["jobs_total", "plain"]
    assert [family.name for family in report.default_families] == [
        "python_gc_objects_collected_total"
    ]
    assert (report.samples, report.openmetrics, report.checked, report.complaint) == (
        11,
        False,
        True,
        None,
    )


def test_openmetrics_is_known_by_its_end_and_creation_times_are_no_life() -> None:
    report = parse(OPENMETRICS)
    assert (report.openmetrics, report.checked, report.complaint) == (True, True, None)
    jobs = report.families[0]
    assert (jobs.name, jobs.type, jobs.samples, jobs.nonzero) == ("jobs", "counter", 2, 0)


def test_creation_times_that_a_client_library_writes_as_gauges_are_folded_in() -> None:
    registry = prometheus_client.CollectorRegistry()
    counter = prometheus_client.Counter("orders", "Orders.", ["shop"], registry=registry)
    counter.labels("a")
    prometheus_client.Gauge("users_created", "A gauge of that name.", registry=registry).set(1)
    families = by_name(prometheus_client.generate_latest(registry))
    assert list(families) == ["orders_total", "users_created"]
    assert families["orders_total"].nonzero == 0
    assert families["users_created"].nonzero == 1


def test_nothing_but_what_a_client_library_gives_leaves_no_own_family() -> None:
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.ProcessCollector(registry=registry)
    prometheus_client.PlatformCollector(registry=registry)
    prometheus_client.GCCollector(registry=registry)
    report = parse(prometheus_client.generate_latest(registry))
    assert report.own_families == ()
    assert report.default_families


@pytest.mark.parametrize(
    "name",
    [
        "process_cpu_seconds_total",
        "process_cpu_seconds",
        "go_goroutines",
        "jvm_memory_used_bytes",
        "nodejs_heap_size_total_bytes",
        "promhttp_metric_handler_requests_total",
        "python_info",
    ],
)
def test_free_families_are_known(name: str) -> None:
    assert is_default(name)


@pytest.mark.parametrize("name", ["process_orders_total", "google_calls_total", "jobs", "up_time"])
def test_own_families_are_not_taken_for_free_ones(name: str) -> None:
    assert not is_default(name)


def test_an_empty_answer_has_no_family() -> None:
    report = parse(b"")
    assert (report.families, report.samples, report.complaint) == ((), 0, None)


def test_a_family_without_samples_is_a_family_without_life() -> None:
    assert by_name(b"# TYPE idle gauge\n")["idle"] == Family("idle", "gauge", False, 0, 0, 0, ())


def test_quoted_names_and_labels_are_read() -> None:
    families = by_name(
        b'# TYPE "my.metric one" counter\n'
        b'{"my.metric one",path="a } \\" # b"} 2\n'
        b'other{path="x\\\\",} 1\n'
    )
    assert list(families) == ["my.metric one", "other"]


def test_values_of_every_spelling_are_numbers() -> None:
    family = by_name(b'a{b="1"} +Inf\na{b="2"} -1e300\na{b="3"}\t0x\n'.replace(b"0x", b"-0"))["a"]
    assert (family.samples, family.nonzero) == (3, 2)


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"<!DOCTYPE html><html></html>", "HTML", 1),
        (b"\n <html>", "HTML", 1),
        (b'{"status": "ok"}', "neither a sample nor a comment", 1),
        (b"Not Found\n", "no number", 1),
        (b'a 1\nb{c="d\n', "neither", 2),
        (b"a 1\nb\n", "neither", 2),
        (b"a 1\nb 1_000\n", "no number", 2),
        (b"a 1\nb 0x1F\n", "no number", 2),
        (b"a 1\n2b 1\n", "neither", 2),
        (b'a 1\n{c="d"} 1\n', "no metric name", 2),
        (b"a 1 2 3\n", "neither", 1),
        (b"# TYPE a banana\na 1\n", "unknown type 'banana'", 1),
        (b"# TYPE a\na 1\n", "unknown type ''", 1),
        (b"a 1\n\xff 2\n", "UTF-8", None),
        (b"a{b=c} 1\n", "neither", 1),
        (b'a{b"c"} 1\n', "neither", 1),
        (b'a{b="1",b="2"} 1\n', "text format", None),
    ],
)
def test_what_is_no_exposition_is_malformed(data: bytes, message: str, line: int | None) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message
    assert refused.value.line == line


def test_an_openmetrics_answer_without_its_end_is_cut_off() -> None:
    with pytest.raises(Malformed, match="cut off"):
        parse(OPENMETRICS.removesuffix(b"# EOF\n"), openmetrics=True)


def test_what_only_a_strict_parser_refuses_is_a_complaint() -> None:
    report = parse(b"# TYPE a counter\na_total NaN\n# EOF\n")
    assert (len(report.families), report.samples) == (1, 1)
    assert report.complaint is not None
    assert "NaN" in report.complaint


def test_a_last_line_without_end_is_a_complaint() -> None:
    assert parse(b"a 1\nb 12").complaint == (
        "The last line has no end, so the answer may be cut off."
    )


def test_many_samples_are_counted_alike_without_the_check() -> None:
    few = b"".join(b'a{b="%d"} %d\n' % (number, number % 2) for number in range(1000))
    many = b"".join(b'a{b="%d"} %d\n' % (n, n % 2) for n in range(CHECKED_SAMPLES + 1))
    assert (parse(few).checked, parse(many).checked) == (True, False)
    (family,) = parse(many).families
    assert (family.samples, family.nonzero, family.label_sets) == (50_001, 25_000, 50_001)


def test_hostile_lines_take_linear_time_or_are_too_large() -> None:
    with at_most(5):
        for line in (
            b'a{b="' + b'\\"' * 400_000 + b'"} 1\n',
            b"a{" + b'b="c",' * 100_000 + b"} 1\n",
        ):
            assert parse(line).samples == 1
        for line in (b"a{" * 400_000, b"a " + b" " * 900_000 + b"x", b"# " * 400_000 + b"TYPE"):
            try:
                parse(line)
            except Malformed:
                continue
        with pytest.raises(TooLarge):
            parse(b"a 1\n" + b"b" * 1_000_001)


def test_metrics_are_recognised_by_content() -> None:
    assert sniff(CLASSIC[:80])
    assert sniff(b'jobs 1\nother{a="b"} 2\ncut{')
    assert sniff(b"jobs 1")
    for other in (b"", b"\n", b"# Title\n\ntext\n", b"key: value\n", b"<html>", b"[1]", b"{}"):
        assert not sniff(other)


NAMES = st.sampled_from(["a", "b_total", "c_sum", "c_bucket", "process_cpu_seconds_total"])
LINES = st.one_of(
    st.builds("{} {}".format, NAMES, st.integers() | st.floats()),
    st.builds(
        '{}{{x="{}"}} {}'.format,
        NAMES,
        st.text('ab\\n"}{, ', max_size=4).map(
            lambda text: text.replace("\\", "\\\\").replace('"', '\\"')
        ),
        st.integers(-5, 5),
    ),
    st.builds("# TYPE {} {}".format, NAMES, st.sampled_from(["counter", "gauge", "histogram"])),
    st.builds("# HELP {} {}".format, NAMES, st.text("ab ", max_size=5)),
)


@given(st.lists(LINES, max_size=12))
def test_every_sample_line_is_counted_in_exactly_one_family(lines: list[str]) -> None:
    report = parse("".join(f"{line}\n" for line in lines).encode())
    samples = sum(not line.startswith("#") for line in lines)
    assert report.samples == samples
    assert sum(family.samples for family in report.families) == samples


def test_the_module_raises_only_its_own_errors_for_other_formats(samples: Any) -> None:
    for data, _ in samples("junit-xml").values():
        with pytest.raises(FormatError):
            exposition.parse(data)
