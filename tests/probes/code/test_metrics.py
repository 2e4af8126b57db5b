"""What code.metrics says of the metrics that a service defines, moves and exposes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.metrics import metrics

APP = "from fastapi import FastAPI\nfrom prometheus_client import Counter, make_asgi_app\n\napp = FastAPI()\napp.mount('/metrics', make_asgi_app())\n"
BOOKINGS = "BOOKINGS = Counter('bookings_total', 'Bookings', ['channel'])\n"
MOVED = "\n@app.post('/book')\ndef book():\n    BOOKINGS.labels('web').inc()\n"
POM = "<project>\n%s\n</project>"
SPRING = "package shop;\n@SpringBootApplication\nclass App { }\n"
SETTINGS = "src/main/resources/application.yml"
REGISTRY = "<artifactId>spring-boot-starter-actuator</artifactId>\n<artifactId>micrometer-registry-prometheus</artifactId>"


def seen(files: Mapping[str, str | Trouble]) -> Evidence:
    """The evidence of a service."""
    return run_probe(metrics, repo=files)


def facts(files: Mapping[str, str | Trouble]) -> dict[str, list[str]]:
    """The facts, without the beginning of their names."""
    found = values(seen(files))
    return {k.rpartition(".")[2]: list(v) for k, v in found.items()}  # type: ignore[arg-type]


def spring(settings: str, more: str = "") -> dict[str, list[str]]:
    """The facts of a Spring service with a registry for Prometheus."""
    java = {"src/main/java/shop/App.java": SPRING} | (
        {"src/main/java/shop/Bean.java": more} if more else {}
    )
    return facts({"pom.xml": POM % REGISTRY, SETTINGS: settings} | java)


def test_present_metrics_are_told_with_where_they_are_exposed() -> None:
    assert facts({"app.py": APP + BOOKINGS + MOVED}) == {
        "families": ["app.py:6 bookings_total"],
        "automatic": [], "idle": [], "endless_labels": [],
        "exposed": ["app.py:5 '/metrics'", "app.py:5 make_asgi_app"],
        "hidden": [], "unreachable": [],
    }  # fmt: skip


def test_a_service_without_metrics_is_told_so() -> None:
    found = facts({"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"})
    assert found == {key: [] for key in found}
    assert {"families", "exposed", "idle", "automatic"} <= set(found)


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = seen({"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = seen(
        {"app.py": "from fastapi import FastAPI\napp = FastAPI()\nimport b\n", "b.py": "x\x00\n"}
    )
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    files: dict[str, str | Trouble] = {
        "app.py": "import b\n" + APP,
        "b.py": Trouble(ProblemKind.DENIED, "no"),
    }
    found = values(seen(files))
    assert set(found) == {"own_metrics.exposed"}


def test_false_green_a_metric_that_nothing_moves_is_idle() -> None:
    found = facts({"app.py": APP + BOOKINGS})
    assert found["idle"] == ["app.py:6 bookings_total: nothing moves BOOKINGS"]


def test_false_green_an_import_does_not_move_a_metric() -> None:
    app = APP + "from counters import BOOKINGS\n"
    counters = "from prometheus_client import Counter\n" + BOOKINGS
    assert facts({"app.py": app, "counters.py": counters})["idle"] == [
        "counters.py:2 bookings_total: nothing moves BOOKINGS"
    ]
    assert facts({"app.py": app + MOVED, "counters.py": counters})["idle"] == []


def test_false_green_a_metric_moved_in_a_file_that_nobody_imports_is_idle() -> None:
    counters = "from prometheus_client import Counter\n" + BOOKINGS
    dead = "from counters import BOOKINGS\n\ndef f():\n    BOOKINGS.inc()\n"
    files = {"app.py": APP + "import counters\n", "counters.py": counters, "dead.py": dead}
    assert facts(files)["idle"] != []


def test_false_green_metrics_in_a_file_that_nobody_imports_are_unreachable() -> None:
    counters = "from prometheus_client import Counter\n" + BOOKINGS
    found = facts({"app.py": APP, "counters.py": counters})
    assert found["families"] == []
    assert found["unreachable"] == ["counters.py:2 bookings_total"]


def test_false_green_a_comment_is_no_metric_and_exposes_none() -> None:
    text = "from fastapi import FastAPI\n\napp = FastAPI()\n# start_http_server(80); Counter('a_total', 'prometheus')\n"
    found = facts({"app.py": text})
    assert found["families"] == found["exposed"] == []


@pytest.mark.parametrize(
    "definition",
    [
        "SIZE = Gauge('queue_size', 'Jobs')\nSIZE.set_function(lambda: 1)\n",
        "meter.create_observable_gauge('queue_size', callbacks=[size])\n",
        "registry = [Counter('jobs_total', 'Jobs')]\n",
    ],
)
def test_a_metric_that_has_its_value_from_elsewhere_is_not_idle(definition: str) -> None:
    text = "from fastapi import FastAPI\nfrom prometheus_client import Counter, Gauge\nfrom opentelemetry import metrics\n\napp = FastAPI()\n"
    assert facts({"app.py": text + definition}).get("idle") == []


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("['channel', 'user_id']", ["app.py:6 bookings_total: the label user_id"]),
        ("labelnames=('email',)", ["app.py:6 bookings_total: the label email"]),
        ("['status', 'method', 'handler']", []),
    ],
)
def test_labels_without_end_are_told(labels: str, expected: list[str]) -> None:
    text = APP + BOOKINGS.replace("['channel']", labels) + MOVED
    assert facts({"app.py": text})["endless_labels"] == expected


def test_a_library_that_counts_requests_counts_where_it_is_switched_on() -> None:
    app = "from fastapi import FastAPI\nfrom prometheus_fastapi_instrumentator import Instrumentator\n\napp = FastAPI()\n"
    assert facts({"app.py": app})["automatic"] == []
    on = facts({"app.py": app + "Instrumentator().instrument(app).expose(app)\n"})
    assert on["automatic"] == ["app.py:2 prometheus_fastapi_instrumentator"]
    assert on["exposed"] == ["app.py:5 .expose"]
    assert on["families"] == []


def test_clients_of_other_systems_leave_absence_open() -> None:
    evidence = seen({"app.py": "from fastapi import FastAPI\nimport statsd\n\napp = FastAPI()\n"})
    assert "own_metrics.families" not in values(evidence)
    assert "statsd" in evidence.problems[0].message


def test_scripts_with_defaults_alone_have_no_metrics_of_their_own() -> None:
    package = '{"scripts": {"start": "node index.js"}}'
    index = "const client = require('prom-client');\nclient.collectDefaultMetrics();\nserver.get('/metrics', () => client.register.metrics());\n"
    found = facts({"package.json": package, "index.js": index})
    assert found["families"] == []
    assert found["exposed"] != []
    own = "const n = new client.Counter({ name: 'orders_total', help: 'x', labelNames: ['customer_id'] });\n"
    idle = facts(
        {"package.json": package, "index.js": index + own.replace("const n ", "const orders ")}
    )
    assert idle["families"] == ["index.js:4 orders_total"]
    assert idle["idle"] == ["index.js:4 orders_total: nothing moves orders"]
    assert idle["endless_labels"] == ["index.js:4 orders_total: the label customer_id"]


def test_go_metrics_are_idle_where_they_are_only_registered() -> None:
    main = (
        'package main\n\nimport (\n\t"net/http"\n\t"github.com/prometheus/client_golang/prometheus"\n\t"github.com/prometheus/client_golang/prometheus/promhttp"\n)\n\n'
        'var orders = prometheus.NewCounter(prometheus.CounterOpts{Name: "orders_total"})\n\nfunc main() {\n\tprometheus.MustRegister(orders)\n%s'
        '\thttp.Handle("/metrics", promhttp.Handler())\n\thttp.ListenAndServe(":80", nil)\n}\n'
    )
    assert facts({"go.mod": "module x\n", "main.go": main % ""})["idle"] == [
        "main.go:9 orders_total: nothing moves orders"
    ]
    found = facts({"go.mod": "module x\n", "main.go": main % "\torders.Inc()\n"})
    assert found["idle"] == []
    assert found["families"] == ["main.go:9 orders_total"]


def test_labels_of_go_stand_behind_the_options() -> None:
    main = (
        'package main\n\nimport (\n\t"net/http"\n\t"github.com/prometheus/client_golang/prometheus"\n)\n\n'
        'var orders = prometheus.NewCounterVec(\n\tprometheus.CounterOpts{\n\t\tName: "orders_total",\n\t},\n'
        '\t[]string{"status", "customer_id"},\n)\n\nfunc main() {\n\torders.WithLabelValues("ok", "1").Inc()\n'
        '\thttp.ListenAndServe(":80", nil)\n}\n'
    )
    found = facts({"go.mod": "module x\n", "main.go": main})
    assert found["endless_labels"] == ["main.go:9 orders_total: the label customer_id"]


def test_a_registry_is_exposed_where_the_settings_show_it() -> None:
    shown = spring("management.endpoints.web.exposure.include: health,prometheus\n")
    assert shown["exposed"] == ["pom.xml:3 micrometer-registry-prometheus"]
    assert shown["automatic"] == ["pom.xml:2 spring-boot-starter-actuator"]


@pytest.mark.parametrize(
    "settings", ["", "management.endpoints.web.exposure.include: health,info\n"]
)
def test_false_green_a_registry_that_nothing_shows_is_hidden(settings: str) -> None:
    found = spring(settings)
    assert found["exposed"] == []
    assert len(found["hidden"]) == 1


def test_micrometer_counters_of_a_bean_are_families() -> None:
    bean = (
        "package shop;\nimport io.micrometer.core.instrument.MeterRegistry;\n@Service\nclass Bean {\n"
        '  Bean(MeterRegistry registry) { registry.counter("orders.placed").increment(); }\n}\n'
    )
    found = spring("management.endpoints.web.exposure.include: '*'\n", bean)
    assert found["families"] == ["src/main/java/shop/Bean.java:5 orders_placed"]
    assert found["idle"] == []
