"""Whom the auditor trusts in TLS: the system's store, or SSL_CERT_FILE and SSL_CERT_DIR."""

from __future__ import annotations

import os
import ssl


def trusted_context() -> ssl.SSLContext:
    """A context that checks chain and host name.

    Where the system has no store (some Python builds), the list of certifi serves instead.
    """
    context = ssl.create_default_context()
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    paths = ssl.get_default_verify_paths()
    if not named and paths.cafile is None and paths.capath is None:
        import certifi

        context.load_verify_locations(certifi.where())
    return context
