"""Files of one pipeline laid over each other, with the file and line that each value comes from."""

from __future__ import annotations

from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue

Layer = tuple[YamlDocument, str]
"""A document, and the file that it stands in."""


def over(upper: YamlValue, lower: YamlValue) -> YamlValue:
    """`upper` laid over `lower`, key by key as GitLab does."""
    if not isinstance(upper, dict) or not isinstance(lower, dict):
        return upper
    merged = dict(lower)
    for key, value in upper.items():
        merged[key] = over(value, lower[key]) if key in lower else value
    return merged


class Layers:
    """The documents of a pipeline as one, the uppermost first."""

    def __init__(self, layers: list[Layer]) -> None:
        self._layers = layers
        merged: YamlValue = {}
        for document, _ in reversed(layers):
            merged = over(document.value, merged)
        self.value = merged

    def _layer(self, path: Path) -> Layer:
        held = (layer for layer in self._layers if layer[0].key_line(path) is not None)
        return next(held, self._layers[0])

    def name(self, path: Path) -> str:
        """The file that gives what stands at a path."""
        return self._layer(path)[1]

    def key_line(self, path: Path) -> int | None:
        """The line of a key, or of an element of a list."""
        return self._layer(path)[0].key_line(path)

    def text_line(self, path: Path) -> int | None:
        """The line of the first character of a text."""
        return self._layer(path)[0].text_line(path)

    def tag(self, path: Path) -> str | None:
        """The tag of a value, such as `!reference`."""
        return self._layer(path)[0].tag(path)
