"""How code writes its log."""
