"""What a server answers and describes: OpenAPI, headers, health."""
