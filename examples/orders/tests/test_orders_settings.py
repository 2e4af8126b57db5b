"""Configuration from the environment."""

from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import ValidationError

from orders.settings import Settings

EXAMPLE = Path(__file__).parents[1] / ".env.example"


def test_values_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("ORDERS_RATE_LIMIT_BURST", "7")
    monkeypatch.setenv("ORDERS_PAYMENTS_URL", "http://payments.invalid/health")
    settings = Settings()
    assert settings.rate_limit_burst == 7
    assert str(settings.payments_url) == "http://payments.invalid/health"


def test_empty_means_default(monkeypatch):
    monkeypatch.setenv("ORDERS_COMMIT", "")
    monkeypatch.setenv("ORDERS_PORT", "")
    assert Settings().commit is None
    assert Settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("LOG_LEVEL", "loud"),
        ("RATE_LIMIT_PER_SECOND", "0"),
        ("DATABASE_POOL_SIZE", "0"),
        ("PAYMENTS_URL", "not a url"),
        ("PAYMENTS_RETRIES", "99"),
    ],
)
def test_nonsense_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"ORDERS_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert caught.value.errors()[0]["loc"] == (name.lower(),)


def test_refusal_does_not_show_the_value(monkeypatch):
    monkeypatch.setenv("ORDERS_PAYMENTS_URL", "ftp//user:s3cret")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "s3cret" not in str(caught.value)


def test_token_is_never_shown(monkeypatch):
    monkeypatch.setenv("ORDERS_PAYMENTS_TOKEN", "s3cret")
    settings = Settings()
    assert settings.payments_token.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


def test_example_file_lists_every_setting_with_its_default(monkeypatch):
    example = dotenv_values(EXAMPLE)
    assert set(example) == {f"ORDERS_{name}".upper() for name in Settings.model_fields}
    defaults = Settings()
    for name, value in example.items():
        monkeypatch.setenv(name, value)
    assert Settings() == defaults
