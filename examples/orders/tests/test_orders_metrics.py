"""The Prometheus exposition."""

from prometheus_client.parser import text_string_to_metric_families


def families(client):
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    return {family.name: family for family in text_string_to_metric_families(response.text)}


def test_every_promised_metric_is_exposed(client):
    client.get("/orders")
    found = families(client)
    samples = {sample.name for family in found.values() for sample in family.samples}
    assert {
        "orders_created_total",
        "orders_cancelled_total",
        "orders_open",
        "order_value_euros_bucket",
        "http_requests_total",
        "http_request_duration_seconds_bucket",
        "orders_build_info",
        "ratelimited_requests_total",
        "dependency_up",
        "process_open_fds",
    } <= samples
    assert not [name for name in samples if name.endswith("_created")]
    assert all(family.documentation for family in found.values())


def test_build_info_names_version_and_revision(start):
    (sample,) = families(start(commit="a1b2c3d"))["orders_build_info"].samples
    assert sample.labels == {"version": "1.2.0", "revision": "a1b2c3d"}
    assert sample.value == 1


def test_ids_in_paths_make_no_new_series(client):
    order = client.place().json()["id"]
    client.get(f"/orders/{order}")
    client.get("/orders/not-an-id")
    client.get("/a/path/nobody/knows")
    routes = {s.labels["route"] for s in families(client)["http_requests"].samples}
    assert routes == {"/orders", "/orders/{order_id}", "unmatched"}


def test_dependencies_are_gauged_without_anybody_probing(client):
    assert client.metric("dependency_up", name="database") == 1


def test_scrape_works_while_the_database_does_not(start):
    client = start(health_cache_seconds=60)
    client.place()
    assert client.metric("orders_open") == 1
    client.services.store.close()
    assert client.metric("orders_open") == 1
    assert client.metric("dependency_up", name="database") == 0
