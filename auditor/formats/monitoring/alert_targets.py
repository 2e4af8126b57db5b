"""Whether what an Alertmanager integration is told to reach can be real.

Alertmanager puts no environment variables into its configuration: `${URL}` is the address itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.formats.text.yaml_builder import YamlValue
from auditor.formats.text.yaml_shapes import mapping_of, text_of

_VARIABLE = re.compile(r"\$\{|\$[A-Z_]{2,}|\{\{\s*(?:\.Values|env|getenv|lookup)\b|%[A-Z_]+%")
_STAND_IN = re.compile(
    r"<[^<>]+>|\bx{4,}\b|x{8,}|change[-_ ]?me|replace[-_ ]?(?:me|with|this)|place[-_ ]?holder"
    r"|\byour\b|your[-_]|\b(?:todo|tbd|fixme|dummy|redacted)\b|T0{5,}|B0{5,}|\*{3,}|\.{3}",
    re.IGNORECASE,
)
_RESERVED = re.compile(
    r"(?:.*\.)?(?:example|example\.(?:com|org|net|edu)|invalid|test|localdomain)", re.IGNORECASE
)
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1\]?", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s<>]+@([^@\s<>,;]+)")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one kind needs: each group is met by any of its keys, or by that key of `global`."""

    needs: tuple[tuple[str, ...], ...]
    urls: tuple[str, ...] = ()


def _kind(*needs: str, urls: str = "") -> _Kind:
    return _Kind(tuple(tuple(need.split("|")) for need in needs), tuple(urls.split()))


_SLACK = (
    "api_url|api_url_file|app_token|app_token_file|http_config|slack_api_url|slack_api_url_file"
    "|slack_app_token|slack_app_token_file"
)
_SMARTHOST = "smarthost|smtp_smarthost"

KINDS: Mapping[str, _Kind] = {
    "discord": _kind("webhook_url|webhook_url_file", urls="webhook_url"),
    "email": _kind("to", _SMARTHOST, "from|smtp_from"),
    "incidentio": _kind("url|url_file", urls="url"),
    "jira": _kind("project", "issue_type", "api_url|jira_api_url", urls="api_url jira_api_url"),
    "mattermost": _kind("webhook_url|webhook_url_file", urls="webhook_url"),
    "msteams": _kind("webhook_url|webhook_url_file", urls="webhook_url"),
    "msteamsv2": _kind("webhook_url|webhook_url_file", urls="webhook_url"),
    "opsgenie": _kind(
        "api_key|api_key_file|opsgenie_api_key|opsgenie_api_key_file", urls="api_url"
    ),
    "pagerduty": _kind(
        "routing_key|routing_key_file|service_key|service_key_file", urls="url pagerduty_url"
    ),
    "pushover": _kind("user_key|user_key_file", "token|token_file"),
    "rocketchat": _kind(
        "token|token_file|rocketchat_token|rocketchat_token_file",
        "token_id|token_id_file|rocketchat_token_id|rocketchat_token_id_file",
        urls="api_url rocketchat_api_url",
    ),
    "slack": _kind(_SLACK, urls="api_url app_url slack_api_url"),
    "sns": _kind("topic_arn|phone_number|target_arn", urls="api_url"),
    "telegram": _kind(
        "bot_token|bot_token_file|telegram_bot_token|telegram_bot_token_file",
        "chat_id|chat_id_file",
        urls="api_url",
    ),
    "victorops": _kind(
        "routing_key", "api_key|api_key_file|victorops_api_key|victorops_api_key_file"
    ),
    "webex": _kind("room_id", "http_config", urls="api_url webex_api_url"),
    "webhook": _kind("url|url_file", urls="url"),
    "wechat": _kind("api_secret|api_secret_file|wechat_api_secret|wechat_api_secret_file"),
}


def judge(
    kind: str, config: dict[str, YamlValue], general: dict[str, YamlValue]
) -> tuple[str, str | None]:
    """Why the target of an integration is not real ("" where it is), and the host that is called.

    `general` is the `global` section. The reason names keys, never values.
    """
    known = KINDS.get(kind)
    if known is None:
        return f"`{kind}` is no kind of integration", None
    host: str | None = None
    for need in known.needs:
        key = next((key for key in need if _given(key, config, general) is not None), None)
        if key is None:
            return f"it has no `{need[0]}`", host
        why_not = _speaks_against(key, _given(key, config, general))
        if why_not:
            return why_not, host
    for key in known.urls:
        url = text_of(_given(key, config, general))
        if url is not None:
            host = _host(url)
            return _url_speaks_against(key, url, host), host
    return "", host


def _given(key: str, config: dict[str, YamlValue], general: dict[str, YamlValue]) -> YamlValue:
    own = config.get(key)
    return general.get(key) if own in (None, "") else own


def _speaks_against(key: str, value: YamlValue) -> str:
    if key == "http_config":
        return _credentials_speak_against(mapping_of(value))
    text = text_of(value) or ""
    if key.endswith("_file"):
        return ""
    if _VARIABLE.search(text):
        return f"`{key}` holds a variable, which Alertmanager does not put in"
    if _STAND_IN.search(text):
        return f"`{key}` is a stand-in"
    if key == "to":
        return _mail_speaks_against(text)
    if key in ("smarthost", "smtp_smarthost") and _LOOPBACK.fullmatch(text.rpartition(":")[0]):
        return f"`{key}` is this very machine"
    return ""


def _credentials_speak_against(config: dict[str, YamlValue]) -> str:
    """What an own `http_config` brings in place of a key."""
    authorization = mapping_of(config.get("authorization"))
    if not (authorization or config.get("basic_auth") or config.get("oauth2")):
        return "it has no credentials"
    return _speaks_against("credentials", authorization.get("credentials"))


def _mail_speaks_against(text: str) -> str:
    domains = _MAIL.findall(text)
    if not domains:
        return "`to` holds no mail address"
    if all(_RESERVED.fullmatch(domain) or _LOOPBACK.fullmatch(domain) for domain in domains):
        return "`to` is an address of an example"
    return ""


def _host(url: str) -> str | None:
    try:
        return urlsplit(url.strip()).hostname
    except ValueError:
        return None


def _url_speaks_against(key: str, url: str, host: str | None) -> str:
    if _VARIABLE.search(url):
        return f"`{key}` holds a variable, which Alertmanager does not put in"
    if host is None or not url.strip().startswith(("http://", "https://")):
        return f"`{key}` is no address"
    if _RESERVED.fullmatch(host):
        return f"`{key}` leads to a host of an example"
    if _LOOPBACK.fullmatch(host):
        return f"`{key}` leads to this very machine"
    return f"`{key}` is a stand-in" if _STAND_IN.search(url) else ""
