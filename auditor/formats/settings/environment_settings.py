"""What settings of production leave open: debug mode, origins of everybody, secrets that are written out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.formats.settings.settings_file import Setting
from auditor.formats.terraform.terraform_secrets import is_secret

_ON = re.compile(r"(?i)true|1|yes|on|\*")
_DEBUG = re.compile(
    r"(?i)(?:^|.*[._-])(?:debug(?:_?mode)?|detailed_?errors|consider_all_requests_local)"
)
_STAGE = re.compile(
    r"(?i)(?:node|app|rails|flask|django|rack|asp_?net_?core|dotnet|go|spring_profiles_active|run)?_?"
    r"(?:env|environment|profiles?_active|active)|spring\.profiles\.active"
)
_NOT_PRODUCTION = re.compile(r"(?i)dev(?:elop(?:ment)?)?|local|debug|test(?:ing)?")
_ORIGINS = re.compile(
    r"(?i)(?:^|.*[._-])(?:cors\w*origins?\w*|cors[._](?:allow\w*|origins?)|(?:\w+[._-])?allow(?:ed)?[_-]?origins?|cors_?origins?"
    r"|access_control_allow_origin)(?:\.\w+)?"
)
_ALL_ORIGINS = re.compile(r"(?i)(?:^|.*[._-])cors_?(?:origin_?)?allow_?all(?:_?origins)?")
_HOSTS = re.compile(r"(?i)(?:^|.*[._-])allowed_?hosts")
_LONGEST = 200
_EVERYBODY = re.compile(r"(?:https?://)?\*")


def debugs(one: Setting) -> bool:
    """Whether a setting turns debug mode on, or takes production for development."""
    if len(one.key) > _LONGEST:
        return False
    if _DEBUG.fullmatch(one.key):
        return _ON.fullmatch(one.value) is not None
    return bool(_STAGE.fullmatch(one.key)) and bool(_NOT_PRODUCTION.fullmatch(one.value))


def open_to_all(one: Setting, *, hosts: bool = True) -> bool:
    """Whether a setting lets every origin in, or every host where `hosts` are asked for."""
    if len(one.key) > _LONGEST:
        return False
    if _ALL_ORIGINS.fullmatch(one.key):
        return _ON.fullmatch(one.value) is not None
    asked = _ORIGINS.fullmatch(one.key) or (hosts and _HOSTS.fullmatch(one.key))
    parts = re.split(r"[,\s;\"'\[\]]+", one.value)
    return bool(asked) and any(_EVERYBODY.fullmatch(part) for part in parts if part)


def secrets(settings: Iterable[Setting]) -> Iterator[Setting]:
    """Those whose value is a secret that is written out, or a stand-in that would be in force."""
    return (one for one in settings if is_secret(one.key.rpartition(".")[2], one.value))
