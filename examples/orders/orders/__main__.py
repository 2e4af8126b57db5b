"""Run the service: python -m orders [--host HOST] [--port PORT] [--lifetime SECONDS]."""

import argparse
import asyncio
import json
import signal
import socket
import sys
from collections.abc import Sequence

import uvicorn
from pydantic import ValidationError

from orders.settings import Settings

EXIT_OK = 0
EXIT_BAD_CONFIGURATION = 2


class Server(uvicorn.Server):
    """A server that says where it listens, and stops by itself when it has a lifetime."""

    def __init__(self, config: uvicorn.Config, lifetime: float | None) -> None:
        super().__init__(config)
        self._lifetime = lifetime

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        _print_event("listening", url=f"http://{host}:{port}")
        if self._lifetime is not None:
            asyncio.get_running_loop().call_later(self._lifetime, self.stop)

    def stop(self, *_: object) -> None:
        """Finish the requests in flight, then leave."""
        self.should_exit = True


def _print_event(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


def _parse(argv: Sequence[str] | None, settings: Settings) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m orders", description="Run the order service.")
    parser.add_argument("--host", default=settings.host, help="address to listen on")
    parser.add_argument(
        "--port", type=int, default=settings.port, help="port to listen on; 0 takes a free one"
    )
    parser.add_argument(
        "--lifetime", type=float, metavar="SECONDS", help="stop by itself after this time"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the end of the lifetime; return the exit status."""
    try:
        settings = Settings()
    except ValidationError as exc:
        for error in exc.errors(include_input=False, include_url=False):
            name = "ORDERS_" + "_".join(str(part) for part in error["loc"]).upper()
            _print_event("configuration_invalid", variable=name, problem=error["msg"])
        return EXIT_BAD_CONFIGURATION
    options = _parse(argv, settings)
    config = uvicorn.Config(
        "orders.app:app",
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=settings.shutdown_grace_seconds,
    )
    server = Server(config, options.lifetime)
    # uvicorn raises the signal again after a graceful stop; answered here, the stop is a success.
    signal.signal(signal.SIGTERM, server.stop)
    signal.signal(signal.SIGINT, server.stop)
    server.run()
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
