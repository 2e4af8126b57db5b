"""What fixes a container image."""

from __future__ import annotations

import pytest

from auditor.formats.containers.image_reference import Pin, read_image

DIGEST = "sha256:" + "0f" * 32


@pytest.mark.parametrize(
    ("text", "pin", "name", "tag"),
    [
        ("nginx", Pin.NONE, "nginx", None),
        ("registry:5000/app", Pin.NONE, "registry:5000/app", None),
        ("registry:5000/app:1.2", Pin.TAG, "registry:5000/app", "1.2"),
        ("python:3.12-slim", Pin.TAG, "python", "3.12-slim"),
        ("python:latest", Pin.LATEST, "python", "latest"),
        ("node:lts-alpine", Pin.LATEST, "node", "lts-alpine"),
        ("debian:sid-slim", Pin.LATEST, "debian", "sid-slim"),
        ("app:alpine-latest", Pin.LATEST, "app", "alpine-latest"),
        ("app:main-1a2b3c4", Pin.TAG, "app", "main-1a2b3c4"),
        ("app:nightly-20240131", Pin.TAG, "app", "nightly-20240131"),
        (f"nginx@{DIGEST}", Pin.DIGEST, "nginx", None),
        (f"nginx:latest@{DIGEST}", Pin.DIGEST, "nginx", "latest"),
        ("nginx:1.27@sha256:abc", Pin.NONE, "nginx", "1.27"),
        ("nginx@${DIGEST}", Pin.VARIABLE, "nginx", None),
        ("${REGISTRY}/app:1.2", Pin.TAG, "${REGISTRY}/app", "1.2"),
        ("${REGISTRY}/app", Pin.NONE, "${REGISTRY}/app", None),
        ("${IMAGE}", Pin.VARIABLE, "${IMAGE}", None),
        ("app:${TAG}", Pin.VARIABLE, "app", "${TAG}"),
        ("app:1.${MINOR}-slim", Pin.VARIABLE, "app", "1.${MINOR}-slim"),
        ("", Pin.NONE, "", None),
    ],
)
def test_the_pin_of_an_image(text: str, pin: Pin, name: str, tag: str | None) -> None:
    image = read_image(text)
    assert (image.pin, image.name, image.tag) == (pin, name, tag)
