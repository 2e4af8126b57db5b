"""Secrets that are written into code: under a name that promises one, or where a library takes one.

Values are looked at and never given back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import called_name, keyword, line_of, positional
from auditor.code.topics.environment import literal
from auditor.formats.secrets.literal_secret import (
    ValueKind,
    names_a_secret,
    secret_kind,
    value_kind,
)
from auditor.formats.secrets.secret_value import looks_generated
from auditor.formats.text.word_list import words

WANTED = re.compile(
    r"(?i)secret|passw|token|api_?key|credential|private_?key|signing|jwt|fernet|hmac"
)

_SETTINGS_PATH = re.compile(
    r"(?:^|/)(?:\w*settings?|\w*config(?:uration)?|secrets?|env|environment|conf)(?:/|\.\w+$)",
    re.IGNORECASE,
)
_BINDS = (
    "assignment", "variable_declarator", "assignment_expression", "short_var_declaration", "var_spec", "const_spec",
    "keyword_argument", "pair", "keyed_element", "public_field_definition",
)  # fmt: skip
_STRONG = frozenset(
    {"assignment", "variable_declarator", "var_spec", "const_spec", "public_field_definition"}
)
_SIGNING = re.compile(
    r"(?:jwt|jsonwebtoken|jose)\.(?:sign|verify|encode|decode)|hmac\.new"
    r"|(?:\w+\.)?(?:Fernet|URLSafeTimedSerializer|URLSafeSerializer)"
)
_SECRET_KEYS = words(
    "secret secretOrKey secretOrPrivateKey jwtSecret secretKey clientSecret secretAccessKey cookieSecret"
    " sessionSecret SigningKey secret_key"
)
_ENUM = re.compile(r"\b(?:\w*Enum|StrEnum|TextChoices|Choices)\b")
_BYTES = re.compile(
    r"\[\]byte\(\s*(.*?)\s*\)|(.*)\.encode\([^)]*\)|Buffer\.from\(\s*(.*?)\s*(?:,.*)?\)",
    re.DOTALL,
)
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_ABOUT = words(
    "address table model view template label message placeholder error selector query route suffix format"
    " pattern description help title text scope list event topic queue index permission role action"
    " status state mode method claim param parameter attribute property cookie storage form page screen"
    " schema dto validity duration bytes rounds hasher hashers maxage"
)
_SWITCHES = words(
    "enable enabled disable disabled allow allowed require required limit experimental has is"
)
_NO_VALUES = words(
    "unknown none null undefined default anonymous optional required string text hidden masked redacted"
    " true false"
)
_PLAIN = frozenset({"secret", "password"})
_KEYED = re.compile(r"@?[a-z]+(?:-[a-z]+)*(?:[.:/][a-z]+(?:[-_][a-z]+)*)+")
_SETTING_NAME = re.compile(r"[a-z][a-z0-9]*(?:[.][a-z][a-z0-9]*(?:[-_][a-z0-9]+)*){2,}")
_WEAK = words("secret password pass changeme")
_GENERAL = words("secret password pass key token api auth access credential")


def written(root: SgNode, path: str) -> Iterator[tuple[int, str, SgNode]]:
    """Line, name and node of each secret that a file spells out."""
    for node in nodes(root, (*_BINDS, "call", "call_expression")):
        if node.kind() in ("call", "call_expression"):
            yield from _signed(node)
            continue
        left = node.field("left") or node.field("name") or node.field("key") or node.child(0)
        right = node.field("right") or node.field("value")
        if node.kind() == "keyed_element":
            right = node.children()[-1]
        if left is None or right is None:
            continue
        if right.kind() == "expression_list" and len(right.children()) == 1:
            right = right.children()[0]
        name = left.text().strip("\"'`").rpartition(".")[2].partition(",")[0].strip()
        value = _value(right)
        if value is None or _in_enum(node):
            continue
        strong = node.kind() in _STRONG and (
            _at_top(node) and bool(_SETTINGS_PATH.search(path) or _constant(name))
        )
        strong = strong or (name in _SECRET_KEYS and node.kind() in ("pair", "keyword_argument"))
        if is_secret(name, value, strong=strong):
            yield line_of(node), name, node


def names(name: str) -> bool:
    """Whether a name promises a secret, and is no switch, table, cookie or message about one."""
    parts = [p.lower() for p in _PARTS.findall(name)]
    if not names_a_secret(name) or (parts and parts[-1] in _ABOUT) or _SWITCHES & set(parts):
        return False
    return parts[-2:] not in (["cookie", "key"], ["expires", "in"], ["expire", "in"])


def is_secret(name: str, value: str, *, strong: bool) -> bool:
    """Whether a literal under a name is a secret: a generated one, or any where settings are made."""
    if len(value) > 2_000 or ("\n" in value and "PRIVATE KEY" not in value):
        return False
    if "PRIVATE KEY-----" in value and len(value) > 200:
        return True
    if not names(name):
        found = secret_kind("url", value)
        return strong and found is ValueKind.LITERAL and not local(value)
    if value_kind(value) not in (ValueKind.LITERAL, ValueKind.PLACEHOLDER) or len(value) < 4:
        return False
    if _names_itself(name, value) or value.lower() in _NO_VALUES:
        return False
    if _is_place(name, value) or _is_setting(name, value):
        return False
    if looks_generated(value):
        return True
    return strong and (" " not in value or name in _SECRET_KEYS)


def _is_place(name: str, value: str) -> bool:
    """Whether a value says under which key a token is kept, as in `AUTH_TOKEN = "shop.auth"`: words of letters
    behind the name of the application, one of them in the name too."""
    named = [p.lower() for p in _PARTS.findall(name)]
    if not _KEYED.fullmatch(value) or named[-1:] not in (["token"], ["key"]) or "secret" in named:
        return False
    said = {p.lower() for p in _PARTS.findall(value)[1:]}
    return bool(said & set(named) - {"token", "key"}) and not _WEAK & said


def _is_setting(name: str, value: str) -> bool:
    """Whether a value is the name of a setting that ends as the constant does, or shares two words with it:
    `PASSWORD = "shop.mail.password"`, `KeyPasswordMaxAge = "login.password.max_age"`."""
    if _SETTING_NAME.fullmatch(value) is None:
        return False
    said, named = [[p.lower() for p in _PARTS.findall(t)] for t in (value, name)]
    last = [p.lower() for p in _PARTS.findall(value.rpartition(".")[2])]
    shared = set(said) & set(named)
    return last == named or (len(shared) > 1 and not shared <= _GENERAL)


def _names_itself(name: str, value: str) -> bool:
    """Whether a value only says the name again, as in lists of fields and headers: `ACCESS_TOKEN = "access_token"`."""
    said, named = [[p.lower() for p in _PARTS.findall(t)] for t in (value, name)]
    if not said or said == named:
        return True
    if said == named[-1:] and said[0] in _PLAIN:
        return False
    if value.isalpha() and len(named) > 1 and said[-len(named) :] == named:
        return True  # `USER_TOKEN = "ShopUserToken"`, under which something is kept
    if len(said) > 3 and len(set(said) - set(named)) < 2:
        return True  # `ModeVerifyWithOldCredential = "confirm_with_old_credential"`
    return set(said) <= {
        *named,
        "x",
        "api",
        "key",
        "token",
        "access",
        "refresh",
        "auth",
        "bearer",
        "id",
        "csrf",
        "the",
        "is",
        "required",
    }


def local(url: str) -> bool:
    """Whether a URL leads to a host that only a developer's machine knows."""
    host = re.search(r"@([^:/?@\s]+)", url)
    return host is None or "." not in host[1] or host[1].startswith("127.")


def _value(node: SgNode) -> str | None:
    text = node.text()
    wrapped = _BYTES.fullmatch(text)
    if wrapped:
        text = next((g for g in wrapped.groups() if g), text)
    return literal(text)


def _at_top(node: SgNode) -> bool:
    """Whether a name is bound where settings are: in a module or a class, not in a function."""
    functions = (
        "function_definition",
        "function_declaration",
        "method_definition",
        "method_declaration",
        "arrow_function",
        "func_literal",
    )
    return not any(a.kind() in functions for a in node.ancestors())


def _constant(name: str) -> bool:
    return name.isupper()


def _in_enum(node: SgNode) -> bool:
    around = next(
        (a for a in node.ancestors() if a.kind() in ("class_definition", "enum_declaration")), None
    )
    if around is None:
        return False
    above = around.field("superclasses")
    return around.kind() == "enum_declaration" or (
        above is not None and bool(_ENUM.search(above.text()))
    )


def _signed(node: SgNode) -> Iterator[tuple[int, str, SgNode]]:
    """A key that is written where something is signed: `jwt.sign(payload, 'abc')`."""
    name = called_name(node)
    if not _SIGNING.fullmatch(name):
        return
    given = positional(node)
    key = keyword(node, "key", "secret_key") if node.kind() == "call" else None
    place = 0 if re.search(r"hmac|Fernet|Serializer", name) else 1
    key = key or (given[place] if len(given) > place else None)
    value = _value(key) if key is not None else None
    if value and value_kind(value) in (ValueKind.LITERAL, ValueKind.PLACEHOLDER):
        yield line_of(node), f"the key of {name}", node
