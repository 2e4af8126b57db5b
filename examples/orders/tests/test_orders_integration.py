"""Several parts together: a payments service over a socket, and the file on disk."""

import pytest

pytestmark = pytest.mark.integration


def test_readiness_follows_the_payments_service(start, payments_stub):
    token = {"payments_token": "example"}
    client = start(payments_url=payments_stub.url, payments_retries=0, **token)

    def state():
        response = client.get("/health/ready")
        return response.status_code, response.json()["dependencies"]["payments"]["status"]

    assert state() == (200, "up")
    payments_stub.status = 500
    assert state() == (503, "down")
    payments_stub.status = 200
    assert state() == (200, "up")
    assert set(payments_stub.authorization) == {"Bearer example"}
    payments_stub.stop()
    assert state() == (503, "down")


def test_orders_and_keys_survive_a_restart(make_settings, start):
    first = start()
    order = first.place().json()
    first.post(f"/orders/{order['id']}/cancel")
    first.services.store.close()
    second = start()
    assert second.get(f"/orders/{order['id']}").json()["status"] == "cancelled"
    assert second.place().status_code == 200
    assert second.metric("orders_open") == 0


def test_two_instances_on_one_file_place_one_order(start):
    first, second = start(), start()
    placed, repeated = first.place(), second.place()
    assert (placed.status_code, repeated.status_code) == (201, 200)
    assert repeated.json() == placed.json()


def test_reading_goes_on_while_another_process_writes(client):
    client.place()
    with client.services.store._transaction():
        assert client.get("/orders").status_code == 200
        blocked = client.place("key-00000002")
        assert blocked.status_code == 503
        assert blocked.json()["type"] == "urn:orders:problem:store-unavailable"
        assert int(blocked.headers["Retry-After"]) >= 1
    assert client.place("key-00000002").status_code == 201
