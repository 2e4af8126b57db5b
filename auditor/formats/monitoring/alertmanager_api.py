"""Answers of the HTTP API of Alertmanager, version 2: its configuration and its silences."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from auditor.formats.monitoring import alertmanager_config
from auditor.formats.monitoring.alert_targets import KINDS
from auditor.formats.monitoring.alertmanager_config import AlertmanagerConfig, Integration, Receiver
from auditor.formats.monitoring.label_matcher import LabelMatcher
from auditor.formats.text.json_text import decode

_NAME = "The answer of Alertmanager"
_SECRET = "<secret>"
_STAND_IN = "https://withheld.by.alertmanager"
WITHHELD = "its address or key is withheld"


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence that is in force; `ends` is as written."""

    matchers: tuple[LabelMatcher, ...]
    ends: str


class _Config(msgspec.Struct):
    original: str


class _Status(msgspec.Struct):
    config: _Config


class _Matcher(msgspec.Struct, rename="camel"):
    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True


class _State(msgspec.Struct):
    state: str


class _Silence(msgspec.Struct, rename="camel"):
    matchers: list[_Matcher]
    status: _State
    ends_at: str = ""


def configuration(body: bytes) -> AlertmanagerConfig:
    """The configuration that `/api/v2/status` shows, in which every secret is withheld.

    An integration of which only what is withheld could speak against it is real, with WITHHELD as
    `why_not`; so is one of a kind that is not known here. Raises Malformed, and TooLarge.
    """
    text = decode(body, _Status, name=_NAME).config.original
    shown = alertmanager_config.read(text, name=_NAME)
    assumed = alertmanager_config.read(text.replace(_SECRET, _STAND_IN), name=_NAME)
    receivers = tuple(
        _judged(*pair) for pair in zip(shown.receivers, assumed.receivers, strict=True)
    )
    return replace(shown, receivers=receivers)


def _judged(shown: Receiver, assumed: Receiver) -> Receiver:
    pairs = zip(shown.integrations, assumed.integrations, strict=True)
    return replace(shown, integrations=tuple(_benefit(*pair) for pair in pairs))


def _benefit(shown: Integration, assumed: Integration) -> Integration:
    """What an integration is, be what is withheld real."""
    if shown.real or (not assumed.real and shown.kind in KINDS):
        return shown
    return replace(shown, real=True, why_not=WITHHELD, host=None)


def silences(body: bytes) -> list[Silence]:
    """The active ones of `/api/v2/silences`. Raises Malformed, and TooLarge."""
    return [
        Silence(tuple(_matcher(m) for m in silence.matchers), silence.ends_at)
        for silence in decode(body, list[_Silence], name=_NAME)
        if silence.status.state == "active"
    ]


def _matcher(matcher: _Matcher) -> LabelMatcher:
    sign = ("=" if matcher.is_equal else "!") + ("~" if matcher.is_regex else "")
    return LabelMatcher(matcher.name, "!=" if sign == "!" else sign, matcher.value)
