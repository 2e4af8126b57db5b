"""Coverage reports, of every tool that writes them."""
