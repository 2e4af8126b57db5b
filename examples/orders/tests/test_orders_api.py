"""The order routes, seen from a client."""

from uuid import uuid4

import pytest

UNKNOWN = "/orders/00000000-0000-4000-8000-000000000000"


def test_place_order_stores_it(client):
    response = client.place()
    assert response.status_code == 201
    order = response.json()
    assert order["status"] == "open"
    assert order["total_cents"] == 1180
    assert order["cancelled_at"] is None
    assert response.headers["Location"] == f"/orders/{order['id']}"
    assert client.get(response.headers["Location"]).json() == order


def test_place_order_again_with_same_key_returns_the_first(client):
    first, second = client.place(), client.place()
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert second.headers["Location"] == first.headers["Location"]
    assert len(client.get("/orders").json()["items"]) == 1
    assert client.metric("orders_created_total") == 1


def test_place_order_refuses_a_key_of_another_order(client):
    client.place()
    response = client.place(lines=[{"sku": "CUP", "quantity": 1, "unit_price_cents": 100}])
    assert response.status_code == 422
    assert response.json()["type"] == "urn:orders:problem:idempotency-key-reused"
    assert len(client.get("/orders").json()["items"]) == 1


def test_place_order_keeps_keys_of_customers_apart(client):
    first, second = client.place(), client.place(customer_id="c-2")
    assert second.status_code == 201
    assert first.json()["id"] != second.json()["id"]


@pytest.mark.parametrize("key", [None, "short", "has a space", "x" * 129])
def test_place_order_needs_a_sound_key(client, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    response = client.post(
        "/orders",
        json={"customer_id": "c", "lines": [{"sku": "A", "quantity": 1, "unit_price_cents": 1}]},
        headers=headers,
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "header.idempotency-key"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "body.lines"),
        ({"lines": [{"sku": "A", "quantity": 0, "unit_price_cents": 1}]}, "body.lines.0.quantity"),
        (
            {"lines": [{"sku": "A", "quantity": 1, "unit_price_cents": -1}]},
            "body.lines.0.unit_price_cents",
        ),
        ({"customer_id": "no spaces allowed"}, "body.customer_id"),
        ({"discount": 100}, "body.discount"),
    ],
)
def test_place_order_names_the_wrong_field(client, changes, field):
    response = client.place(**changes)
    assert response.status_code == 422
    body = response.json()
    assert body["type"] == "urn:orders:problem:invalid-request"
    assert [error["field"] for error in body["errors"]] == [field]
    assert "no spaces allowed" not in response.text
    assert client.get("/orders").json()["items"] == []


def test_place_order_refuses_broken_json(client):
    response = client.post(
        "/orders",
        content=b'{"customer_id":',
        headers={"Content-Type": "application/json", "Idempotency-Key": "key-00000001"},
    )
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"


def test_place_order_counts_value(client):
    client.place()
    client.place("key-00000002", lines=[{"sku": "A", "quantity": 3, "unit_price_cents": 10000}])
    assert client.metric("order_value_euros_count") == 2
    assert client.metric("order_value_euros_sum") == pytest.approx(311.80)
    assert client.metric("order_value_euros_bucket", le="25.0") == 1
    assert client.metric("orders_open") == 2


def test_read_order_that_is_unknown(client):
    response = client.get(UNKNOWN)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == "urn:orders:problem:order-not-found"
    assert body["instance"] == UNKNOWN
    assert body["request_id"] == response.headers["X-Request-ID"]


def test_read_order_with_malformed_id(client):
    response = client.get("/orders/17")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "path.order_id"


def test_list_orders_pages_through_all_newest_first(client):
    placed = [client.place(f"key-{number:08}").json()["id"] for number in range(5)]
    seen, cursor, sizes = [], None, []
    while True:
        query = {"limit": 2} if cursor is None else {"limit": 2, "cursor": cursor}
        page = client.get("/orders", params=query).json()
        sizes.append(len(page["items"]))
        seen += [order["id"] for order in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sizes == [2, 2, 1]
    assert seen == placed[::-1]


def test_list_orders_page_stays_stable_when_orders_come_in(client):
    first = [client.place(f"key-{number:08}").json()["id"] for number in range(3)]
    page = client.get("/orders?limit=2").json()
    client.place("key-later-1")
    rest = client.get(f"/orders?limit=2&cursor={page['next_cursor']}").json()
    assert [order["id"] for order in rest["items"]] == [first[0]]


def test_list_orders_by_status(client):
    kept = client.place("key-00000001").json()["id"]
    dropped = client.place("key-00000002").json()["id"]
    client.post(f"/orders/{dropped}/cancel")

    def ids(status):
        return [order["id"] for order in client.get(f"/orders?status={status}").json()["items"]]

    assert ids("open") == [kept]
    assert ids("cancelled") == [dropped]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=0", "status=lost", "limit=x"])
def test_list_orders_refuses_bad_query(client, query):
    assert client.get(f"/orders?{query}").status_code == 422


def test_cancel_order(client):
    order = client.place().json()
    response = client.post(f"/orders/{order['id']}/cancel")
    assert response.status_code == 200
    assert response.json()["status"] == "cancelled"
    assert response.json()["cancelled_at"] >= order["created_at"]
    assert client.get(f"/orders/{order['id']}").json() == response.json()
    assert client.metric("orders_cancelled_total") == 1
    assert client.metric("orders_open") == 0


def test_cancel_order_twice_changes_nothing(client):
    path = f"/orders/{client.place().json()['id']}/cancel"
    first, second = client.post(path), client.post(path)
    assert second.status_code == 200
    assert second.json() == first.json()
    assert client.metric("orders_cancelled_total") == 1


def test_cancel_order_that_is_unknown(client):
    assert client.post(f"/orders/{uuid4()}/cancel").status_code == 404


def test_cancel_order_after_its_window(start):
    client = start(cancel_window_seconds=0)
    order = client.place().json()
    response = client.post(f"/orders/{order['id']}/cancel")
    assert response.status_code == 409
    assert response.json()["type"] == "urn:orders:problem:cancellation-closed"
    assert client.get(f"/orders/{order['id']}").json()["status"] == "open"
    assert client.metric("orders_cancelled_total") == 0


def test_version_names_the_build(start):
    assert start().get("/version").json() == {
        "service": "orders",
        "version": "1.2.0",
        "commit": None,
    }
    assert start(commit="a1b2c3d").get("/version").json()["commit"] == "a1b2c3d"


def test_every_operation_is_described(client):
    document = client.get("/openapi.json").json()
    assert document["info"]["version"] == "1.2.0"
    assert set(document["paths"]) == {
        "/orders",
        "/orders/{order_id}",
        "/orders/{order_id}/cancel",
        "/health/live",
        "/health/ready",
        "/version",
        "/metrics",
    }
    operations = [op for path in document["paths"].values() for op in path.values()]
    assert len(operations) == 8
    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
    problem = document["paths"]["/orders"]["post"]["responses"]["429"]["content"]
    assert set(problem) == {"application/problem+json"}
