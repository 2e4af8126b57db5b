"""Which metrics come from somewhere else than the service's own code, and which speak of its business."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.formats.monitoring.exposition_families import is_default
from auditor.formats.text.word_list import words

# Libraries that count by themselves once they are linked: what their metrics start with, and the words by
# which a manifest or a source file shows that one of them is there.
_LIBRARIES: tuple[tuple[str, str], ...] = (
    (
        r"http_server_requests_seconds|hikaricp_|jvm_|tomcat_|jetty_|logback_|jdbc_|spring_|executor_|cache_"
        r"|resilience4j_|rabbitmq_(?:published|consumed)|kafka_(?:consumer|producer)_|worker_pool_|vertx_",
        r"micrometer|spring-boot-starter-actuator|actuator|quarkus|helidon|ktor",
    ),
    (
        r"http_requests?_(?:total|duration|size|in_progress|latency)|http_request_duration|http_response_(?:size|time)"
        r"|http_requests_inprogress|requests_(?:total|duration)|request_(?:duration|latency|size)",
        r"instrumentator|starlette[_-]exporter|starlette[_-]prometheus|flask[_-]exporter|prom-bundle|api-metrics"
        r"|promhttp|echo-contrib|actix-web-prom|axum-prometheus|prometheus_exporter|sanic[_-]prometheus"
        r"|aioprometheus|prometheus-net|fastify-metrics|gin-prometheus|ginprom|slok/go-http-metrics|fiberprometheus"
        r"|koa-prom|middleware/collector|prometheus-client-mmap|plug_exporter|prom_ex|opentelemetry",
    ),
    (r"starlette_", r"starlette[_-](?:exporter|prometheus)"),
    (
        r"fastapi_",
        r"fastapi[_-]?prometheus|prometheus[_-]fastapi|starlette[_-]exporter|fastapi-observability",
    ),
    (r"flask_", r"prometheus[_-]flask|flask[_-]prometheus"),
    (r"django_", r"django[_-]prometheus"),
    (r"gin_", r"gin.{0,20}prom|prom.{0,20}gin|ginmetrics"),
    (r"fiber_", r"fiberprometheus"),
    (r"echo_", r"echo-contrib|echoprometheus"),
    (
        r"grpc_(?:server|client)_",
        r"grpc[_-]prometheus|grpc-middleware|py-grpc|grpc-java-contrib|net\.devh",
    ),
    (
        r"http_(?:server|client)_|rpc_(?:server|client)_|db_client_|messaging_|traces_|span_?metrics_|calls_total"
        r"|duration_milliseconds|process_runtime_|otelcol_|runtime_uptime",
        r"opentelemetry|otel",
    ),
    (r"go_sql_|gorm_", r"sqlstats|NewDBStatsCollector|gorm.{0,20}prometheus|dlmiddlecote"),
    (r"celery_|flower_", r"flower|celery[_-]exporter|celery[_-]prometheus"),
    (r"rails_|ruby_|puma_|sidekiq_|active_?job_", r"prometheus_exporter|yabeda|discourse"),
    (
        r"aspnetcore_|kestrel_|dotnet_|httpclient_|http_requests_received_total|system_runtime_|microsoft_aspnetcore_",
        r"prometheus-net|opentelemetry|app-metrics",
    ),
    (r"phoenix_|ecto_|beam_|oban_", r"prom_ex|telemetry_metrics|peep"),
    (r"express_|nestjs_", r"express|nestjs"),
    (r"bullmq?_", r"bull"),
    (r"temporal_", r"temporal"),
    (r"aiokafka_|faust_", r"aiokafka|faust"),
    (r"sqlalchemy_|asyncpg_", r"sqlalchemy|asyncpg"),
    (r"gunicorn_", r"gunicorn|statsd"),
    (r"uwsgi_", r"uwsgi"),
)
_MATCHED = tuple((re.compile(start), re.compile(f"(?i){word}")) for start, word in _LIBRARIES)

_EXPORTED = re.compile(
    r"(?:node|container|machine|cadvisor|kube|kubelet|kubernetes|apiserver|etcd|coredns|workqueue|rest_client"
    r"|pg|postgres|postgresql|pgbouncer|cnpg|patroni|pgbackrest|mysql|mysqld|mongodb|mssql|oracledb|clickhouse\w*|cassandra"
    r"|redis|memcached|rabbitmq|kafka|nats|gnatsd|jetstream|pulsar|zookeeper|mosquitto"
    r"|elasticsearch|opensearch|solr|minio|ceph|longhorn|velero|nginx\w*|nginxexporter|traefik|caddy|haproxy|envoy|istio|linkerd|kong"
    r"|apisix|apache|varnish|squid|probe|blackbox|ssl|windows|process_exporter|namedprocess|systemd|engine_daemon"
    r"|prometheus|alertmanager|grafana|loki|promtail|alloy|tempo|cortex|mimir|thanos|vm|vmagent|vector|fluentd|fluentbit|otelcol"
    r"|jaeger|zipkin|argocd|argo|flux|gotk|certmanager|externaldns|external_dns|karpenter|keda|cluster_autoscaler|vault|consul|nomad"
    r"|keycloak|minecraft|k6|locust|nvidia|DCGM|aws_\w+|azure_\w+|stackdriver|cloudwatch|snmp|ipmi|smartctl|nut|pve|proxmox|jenkins|gitlab|github_runner"
    r"|statsd|collectd|pushgateway|cilium|hubble|calico|felix|bind|unbound|chrony|ntp|mailcow|postfix|dovecot|php_fpm|phpfpm|opcache"
    r"|supervisor|uwsgi|unicorn|vllm|triton|dcgm|slo|sloth|pyrra|apiserver|authentication|authorization|volume_manager|storage_operation"
    r"|controller_runtime|externalsecret)_\w+"
    # Recording rules that kube-prometheus brings with it.
    r"|:?(?:node_namespace_pod|namespace|cluster|instance|node|kubelet|apiserver|code|kube)\w*:[\w:]+"
)
_META = words("ALERTS ALERTS_FOR_STATE up scrape_duration_seconds")

_TECHNICAL = words(
    "http https grpc rpc request requests response responses latency duration durations seconds second"
    " milliseconds ms microseconds bytes byte cpu memory heap gc thread threads process processes pool pools"
    " connection connections db sql query queries database databases cache cached caches redis kafka amqp"
    " rabbitmq queue queues broker celery worker workers task tasks job jobs retry retries circuit breaker"
    " timeout timeouts limiter ratelimit throttled exception exceptions websocket websockets socket sockets"
    " endpoint endpoints middleware api client clients upstream server servers build info version health"
    " healthy up uptime lock locks lag offset log logs scrape exporter migration loop lru disk network file"
    " files config feature flag eventloop event_loop goroutine goroutines runtime python jvm go node nodejs"
    " storage host cron scheduler scheduled dependency dependencies webhook webhooks span trace traces"
    " readiness liveness ready live probe saturation outbox dlq dead letter backlog bucket buckets ttl hit"
    " hits miss misses eviction evictions test example demo dummy foo bar random"
)
_PREFIXES = words("api app server service backend web")
_NEUTRAL = words(
    "total count sum created bucket current active open max min avg gauge counter histogram rate ratio"
    " percent number of in by per the and service app application backend frontend errors error failed failure"
    " failures success successful status state last time timestamp size processed received sent operation"
    " operations result results event events custom my metric metrics value level usage used items item"
)


def is_meta(name: str) -> bool:
    """Whether Prometheus or a client library makes the series of itself."""
    return name in _META or is_default(name)


def is_exported(name: str) -> bool:
    """Whether the series comes from a known exporter or system that is not the service."""
    return _EXPORTED.fullmatch(name) is not None


def library_words(name: str) -> list[re.Pattern[str]]:
    """What shows that a library is there whose series are called so; empty where none is known."""
    return [shown for start, shown in _MATCHED if start.match(name)]


def is_business(name: str, own_words: Iterable[str] = ()) -> bool:
    """Whether a metric of the service speaks of what it does for its users, by the words of its name.

    Words of machinery (`request`, `queue`, `seconds`) speak against it; without neutral words (`total`,
    `failed`) and those of the service's own name something must be left.
    """
    if is_meta(name):
        return False
    counted = re.sub(r"_(?:milli)?seconds_count$", "", name.lower())  # how often, not how long
    parts = [part for part in re.split(r"[_:]+", counted) if part]
    if len(parts) > 2 and parts[0] in _PREFIXES:
        parts = parts[1:]
    left = [part for part in parts if part not in _NEUTRAL and not part.isdigit()]
    own = frozenset(own_words)
    if parts and parts[0] in own and len(left) > 1 and left[0] == parts[0]:
        left = left[1:]
    return bool(left) and _TECHNICAL.isdisjoint(left) and not set(left) <= own
