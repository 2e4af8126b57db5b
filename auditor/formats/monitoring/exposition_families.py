"""Samples gathered into families, and which families nobody had to write code for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from auditor.formats.monitoring.exposition_lines import Comment, Sample, label_set
from auditor.formats.text.errors import TooLarge

# What a program exposes by linking a client library, or by running on its runtime:
# Python https://prometheus.github.io/client_python/collector/ (python_*, process_*),
# Go https://pkg.go.dev/github.com/prometheus/client_golang/prometheus/collectors (go_*, process_*,
# promhttp_*), Node.js https://github.com/siimon/prom-client#default-metrics (nodejs_*, process_*),
# Java https://prometheus.github.io/client_java/instrumentation/jvm/ (jvm_*, process_*), Micrometer
# https://docs.spring.io/spring-boot/reference/actuator/metrics.html (system_*, logback_*, disk_*,
# executor_*, tomcat_*, application_*), .NET (dotnet_*), Ruby (ruby_*), the Erlang machine
# (erlang_vm_*), OpenTelemetry's resource (target_info, otel_scope_info), the scrape itself.
DEFAULT_PREFIXES = (
    "python_gc_",
    "go_",
    "promhttp_",
    "nodejs_",
    "jvm_",
    "system_cpu_",
    "system_load_",
    "logback_",
    "disk_free_",
    "disk_total_",
    "executor_",
    "tomcat_",
    "application_ready_",
    "application_started_",
    "dotnet_",
    "ruby_",
    "erlang_vm_",
    "scrape_",
    # All that a library writes below process_; an application's own process_orders is not one.
    "process_cpu_",
    "process_resident_memory_",
    "process_virtual_memory_",
    "process_private_memory_",
    "process_working_set_",
    "process_heap_",
    "process_start_time_",
    "process_uptime_",
    "process_open_",
    "process_max_",
    "process_files_",
    "process_network_",
    "process_io_",
    "process_num_threads",
    "process_threads",
    "process_involuntary_context_switches",
    "process_voluntary_context_switches",
    "process_runtime_",
)
DEFAULT_NAMES = frozenset({"python_info", "target_info", "otel_scope_info", "up"})

_MOST_FAMILIES = 200_000
_MOST_LABEL_SETS = 500_000
_SUFFIXES = ("_bucket", "_count", "_sum", "_total", "_created", "_info", "_gcount", "_gsum")
_SUFFIXES_OF = {
    "counter": frozenset({"_total", "_created"}),
    "histogram": frozenset({"_bucket", "_count", "_sum", "_created"}),
    "gaugehistogram": frozenset({"_bucket", "_gcount", "_gsum"}),
    "summary": frozenset({"_count", "_sum", "_created"}),
    "info": frozenset({"_info"}),
}
_CREATED = "_created"


def is_default(name: str) -> bool:
    """Whether a family of this name comes with a client library or a runtime."""
    return name in DEFAULT_NAMES or name.startswith(DEFAULT_PREFIXES)


@dataclass(frozen=True, slots=True)
class Family:
    """A metric family; `type` is None where no TYPE line speaks of it.

    `nonzero` counts samples other than 0 and NaN, without the times at which series were created,
    which say nothing of use. `label_sets` counts series (a histogram or summary as one), and is
    None where there were too many to count. `series` are the names of its samples.
    """

    name: str
    type: str | None
    help: bool
    samples: int
    nonzero: int
    label_sets: int | None
    series: tuple[str, ...]


@dataclass(slots=True)
class _Counts:
    name: str
    type: str | None = None
    help: bool = False
    samples: int = 0
    nonzero: int = 0
    label_sets: set[int] = field(default_factory=set)
    series: dict[str, None] = field(default_factory=dict)


class FamilyCounter:
    """Takes the lines of one exposition; keeps counts and hashes, no sample."""

    def __init__(self) -> None:
        self.samples = 0
        self.non_finite = 0
        self.exemplars = 0
        self._families: dict[str, _Counts] = {}
        self._label_sets = 0
        self._of_series: dict[str, _Counts] = {}

    def comment(self, comment: Comment) -> None:
        """Adds a metadata line. Raises TooLarge."""
        family = self._family(comment.name)
        if comment.kind == "HELP":
            family.help = True
        elif comment.kind == "TYPE":
            family.type = comment.text
            self._of_series = {}

    def sample(self, sample: Sample) -> None:
        """Adds a sample. Raises TooLarge."""
        family = self._of_series.get(sample.name)
        if family is None:
            family = self._of_series[sample.name] = self._family(self._family_name(sample.name))
        self.samples += 1
        self.non_finite += not math.isfinite(sample.value)
        self.exemplars += sample.exemplar
        family.samples += 1
        family.series[sample.name] = None
        if sample.value and not math.isnan(sample.value) and not _is_created(family, sample.name):
            family.nonzero += 1
        if self._label_sets <= _MOST_LABEL_SETS:
            before = len(family.label_sets)
            family.label_sets.add(hash(label_set(sample.labels)))
            self._label_sets += len(family.label_sets) - before

    def families(self) -> tuple[Family, ...]:
        """The families so far, in order; gauges that only say when a series began are folded in."""
        for name in [name for name in self._families if name.endswith(_CREATED)]:
            self._fold(name)
        counted = self._label_sets <= _MOST_LABEL_SETS
        return tuple(
            Family(
                family.name,
                family.type,
                family.help,
                family.samples,
                family.nonzero,
                len(family.label_sets) if counted else None,
                tuple(family.series),
            )
            for family in self._families.values()
        )

    def _fold(self, name: str) -> None:
        """Client libraries write `x_created` as a gauge of its own in the text format."""
        stem = name.removesuffix(_CREATED)
        created = self._families[name]
        for owner in (self._families.get(stem), self._families.get(stem + "_total")):
            if owner is not None and owner.type in ("counter", "histogram", "summary"):
                if created.type in ("gauge", None):
                    owner.samples += created.samples
                    owner.series |= created.series
                    del self._families[name]
                return

    def _family(self, name: str) -> _Counts:
        family = self._families.get(name)
        if family is None:
            if len(self._families) >= _MOST_FAMILIES:
                raise TooLarge(f"The metrics hold more than {_MOST_FAMILIES:,} families.")
            family = self._families[name] = _Counts(name)
        return family

    def _family_name(self, series: str) -> str:
        if series in self._families:
            return series
        for suffix in _SUFFIXES:
            if series.endswith(suffix):
                owner = self._families.get(series.removesuffix(suffix))
                if owner is not None and suffix in _SUFFIXES_OF.get(owner.type or "", ()):
                    return owner.name
        return series


def _is_created(family: _Counts, series: str) -> bool:
    return series != family.name and series.endswith(_CREATED)
