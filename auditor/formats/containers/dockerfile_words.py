"""The words of Dockerfile instructions: exec forms, base images, users and assignments."""

from __future__ import annotations

import json
import re

from auditor.formats.containers.dockerfile_model import Command, UserSetting
from auditor.formats.containers.image_reference import ImageReference, Pin, read_image

_ROOT = re.compile(r"(?:root|0+)(?::.*)?")
_NONROOT_BASE = re.compile(r"nonroot|rootless|unprivileged", re.IGNORECASE)
# Publishers whose images run as this user or that, from image to image.
_UNKNOWN_USER = re.compile(r"cgr\.dev/|(?:.*/)?bitnami/|.*\bubi\d+\b")


def user_setting(text: str, line: int) -> UserSetting:
    """The user of a USER instruction whose known variables are put in and quotes removed."""
    root: bool | None = _ROOT.fullmatch(text) is not None
    return UserSetting(text, line, None if "$" in text.partition(":")[0] else root)


def base_image(text: str, is_stage: bool) -> ImageReference:
    if is_stage:
        return ImageReference(text, text, None, None, Pin.STAGE)
    if text == "scratch":
        return ImageReference(text, text, None, None, Pin.SCRATCH)
    return read_image(text)


def base_runs_as_root(image: ImageReference) -> bool | None:
    """Whether the base starts as root, which it does unless it says otherwise."""
    if _NONROOT_BASE.search(f"{image.name.rpartition('/')[2]}:{image.tag or ''}"):
        return False
    return None if _UNKNOWN_USER.match(image.name) or image.pin is Pin.VARIABLE else True


def exec_words(text: str) -> list[str] | None:
    """The elements of an exec form, None where `text` is not one."""
    if not text.startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list):
        return None
    parts = [element for element in value if isinstance(element, str)]
    return parts if len(parts) == len(value) else None


def read_command(text: str, line: int) -> Command:
    listed = exec_words(text.strip())
    if listed is not None:
        return Command(tuple(listed), False, line)
    return Command((text.strip(),), True, line)
