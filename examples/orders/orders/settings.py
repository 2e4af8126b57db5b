"""Configuration, read from ORDERS_* environment variables and checked at start."""

from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every knob of the service; an empty variable means the default."""

    model_config = SettingsConfigDict(
        env_prefix="ORDERS_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )
    commit: str | None = Field(default=None, description="Revision this build was made from.")
    trusted_proxies: str = Field(
        default="",
        description="Comma-separated proxy addresses whose X-Forwarded-For is believed; "
        "empty believes none.",
    )
    shutdown_grace_seconds: int = Field(
        default=10, ge=0, le=120, description="How long requests in flight may take after SIGTERM."
    )

    database_path: Path = Field(default=Path("orders.db"), description="The SQLite database file.")
    database_pool_size: int = Field(
        default=4, ge=1, le=32, description="Open database connections."
    )
    database_timeout_seconds: float = Field(
        default=2.0,
        gt=0,
        le=30,
        description="Longest wait for a connection, and for the write lock.",
    )

    rate_limit_per_second: float = Field(
        default=20.0, gt=0, description="Requests a second that one client address may keep up."
    )
    rate_limit_burst: int = Field(
        default=40, ge=1, description="Requests a client may make at once."
    )
    max_body_bytes: int = Field(
        default=65536, ge=1024, description="Largest request body that is read."
    )
    cancel_window_seconds: int = Field(
        default=3600, ge=0, description="How long after it was placed an order can be cancelled."
    )

    payments_url: HttpUrl | None = Field(
        default=None,
        description="Health address of the payments service; unset means no such dependency.",
    )
    payments_token: SecretStr | None = Field(
        default=None, description="Bearer token sent to the payments service."
    )
    payments_timeout_seconds: float = Field(
        default=2.0,
        gt=0,
        le=10,
        description="Time limit to connect to the payments service, and for each read.",
    )
    payments_retries: int = Field(
        default=1,
        ge=0,
        le=3,
        description="Further attempts after a failed call to the payments service.",
    )
    health_cache_seconds: float = Field(
        default=2.0,
        ge=0,
        le=60,
        description="How long the result of a dependency check is used again.",
    )
