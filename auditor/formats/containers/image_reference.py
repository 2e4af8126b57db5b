"""How firmly a container image reference names its image: by digest, by tag, or hardly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from auditor.formats.text.word_list import words

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_DATED = re.compile(r"\d{6,}|(?=[a-f]*\d)[0-9a-f]{7,40}")
_VARIABLE = re.compile(r"\$\{[^}]*\}?|\$[A-Za-z_]")
# Tags that publishers move to each new release: they pin nothing without a date or a commit.
_MOVING = words(
    "latest stable edge nightly canary rolling unstable testing main master dev develop head"
    " current lts mainline sid rawhide tumbleweed"
)


class Pin(StrEnum):
    """What fixes the image. LATEST covers every tag that its publisher moves."""

    DIGEST = "digest"
    TAG = "tag"
    LATEST = "latest"
    NONE = "none"
    VARIABLE = "variable"
    SCRATCH = "scratch"
    STAGE = "stage"


@dataclass(frozen=True, slots=True)
class ImageReference:
    """`text` as written, with defaults of variables put in; `tag` and `digest` without sign."""

    text: str
    name: str
    tag: str | None
    digest: str | None
    pin: Pin


def read_image(text: str) -> ImageReference:
    """The parts of `text`; variables that nobody resolved must stand in it as `${NAME}`.

    A digest of the wrong length pins nothing: no registry would serve it.
    """
    text = text.strip()
    rest, at, digest = text.partition("@")
    slash = _outside_braces(rest, "/")
    colon = _outside_braces(rest, ":")
    name, tag = (rest[:colon], rest[colon + 1 :]) if colon > slash else (rest, None)
    return ImageReference(text, name, tag, digest if at else None, _pin(name, tag, digest))


def _pin(name: str, tag: str | None, digest: str) -> Pin:
    if digest:
        if _DIGEST.fullmatch(digest):
            return Pin.DIGEST
        return Pin.VARIABLE if _VARIABLE.search(digest) else Pin.NONE
    if tag is None:
        # The last part of the name may be a variable that brings its own tag.
        return Pin.VARIABLE if _VARIABLE.search(name.rpartition("/")[2]) else Pin.NONE
    if not tag:
        return Pin.NONE
    parts = tag.lower().split("-")
    if parts[-1] == "latest" or (parts[0] in _MOVING and not _DATED.search(tag)):
        return Pin.LATEST
    return Pin.VARIABLE if _VARIABLE.search(tag) else Pin.TAG


def _outside_braces(text: str, character: str) -> int:
    """The last position of `character` outside `${…}`; -1 where there is none."""
    depth = 0
    found = -1
    for at, letter in enumerate(text):
        if letter == "{" and text[at - 1] == "$":
            depth += 1
        elif letter == "}" and depth:
            depth -= 1
        elif letter == character and not depth:
            found = at
    return found
