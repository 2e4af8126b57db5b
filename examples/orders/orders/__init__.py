"""A small order service."""

SERVICE = "orders"
__version__ = "1.2.0"
