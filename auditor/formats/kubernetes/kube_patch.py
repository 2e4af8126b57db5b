"""Patches as Kustomize applies them: strategic merge (lists merged by key) and JSON Patch (RFC 6902)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import YamlValue

_KEYS = {
    "containers": ("name",), "initContainers": ("name",), "env": ("name",), "volumes": ("name",),
    "ports": ("containerPort", "port"), "volumeMounts": ("mountPath",), "imagePullSecrets": ("name",),
    "volumeDevices": ("devicePath",), "hostAliases": ("ip",), "topologySpreadConstraints": ("topologyKey",),
}  # fmt: skip
Body = dict[str, YamlValue]


def strategic(base: Body, patch: Body, *, keyed: bool) -> Body | None:
    """`base` with `patch` merged in; None where the patch deletes it.

    `keyed`: whether the elements of known lists are merged by their key, as for built-in kinds; else a
    list takes the place of the other.
    """
    directive = text_of(patch.get("$patch"))
    if directive == "delete":
        return None
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    done = dict(base)
    for key, value in patch.items():
        if value is None:
            done.pop(key, None)
        elif isinstance(value, dict):
            below = strategic(mapping_of(done.get(key)), value, keyed=keyed)
            done.pop(key, None) if below is None else done.update({key: below})
        elif isinstance(value, list) and keyed and key in _KEYS:
            done[key] = _listed(list_of(done.get(key)), value, _KEYS[key])
        elif not key.startswith("$"):
            done[key] = value
    return done


def _listed(
    base: list[YamlValue], patch: list[YamlValue], keys: tuple[str, ...]
) -> list[YamlValue]:
    if any(mapping_of(one) == {"$patch": "replace"} for one in patch):
        return [one for one in patch if mapping_of(one) != {"$patch": "replace"}]
    done = list(base)
    for one in patch:
        body = mapping_of(one)
        key = next((key for key in keys if key in body), None)
        at = next((i for i, old in enumerate(done) if key and _same(old, body, key)), None)
        merged = strategic({} if at is None else mapping_of(done[at]), body, keyed=True)
        if at is None:
            done += [] if merged is None else [merged if body else one]
        elif merged is None:
            del done[at]
        else:
            done[at] = merged
    return done


def _same(old: YamlValue, body: Body, key: str) -> bool:
    return mapping_of(old).get(key) == body[key]


def json_patch(base: Body, operations: list[YamlValue]) -> Body:
    """`base` after a JSON Patch. Raises Malformed where an operation cannot be applied."""
    done: YamlValue = deepcopy(base)
    for operation in map(mapping_of, operations):
        path = _pointer(operation.get("path"))
        name, value = text_of(operation.get("op")) or "", operation.get("value")
        if name in ("copy", "move"):
            source = _pointer(operation.get("from"))
            value = deepcopy(_reach(done, source))
            done = _at(done, source, _remove) if name == "move" else done
            name = "add"
        if name == "test":
            if _reach(done, path) != value:
                raise Malformed(f"a patch tests /{'/'.join(path)}, which has another value")
            continue
        if name not in _OPERATIONS:
            raise Malformed(f"a patch has the operation {name or 'of no name'}")
        # Kustomize has annotations of its own while it builds, so that one may be added or replaced anywhere.
        if path[:2] == ["metadata", "annotations"] and len(path) == 3 and name != "remove":
            metadata = mapping_of(mapping_of(done).get("metadata"))
            metadata["annotations"] = mapping_of(metadata.get("annotations"))
            name = "add"
        operate = _OPERATIONS[name]
        done = _at(done, path, lambda o, k, v=value, f=operate: f(o, k, v))  # type: ignore[misc]
    return mapping_of(done)


def _pointer(value: YamlValue) -> list[str]:
    text = text_of(value) or ""
    if not text.startswith("/"):
        raise Malformed("a patch has an operation without a path")
    return [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]


def _reach(value: YamlValue, path: list[str]) -> YamlValue:
    for at, part in enumerate(path):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise Malformed(f"a patch names /{'/'.join(path[: at + 1])}, which is not there")
    return value


def _at(value: YamlValue, path: list[str], change: Callable[[YamlValue, str], None]) -> YamlValue:
    change(_reach(value, path[:-1]), path[-1])
    return value


def _add(owner: YamlValue, key: str, value: YamlValue) -> None:
    if isinstance(owner, dict):
        owner[key] = deepcopy(value)
    elif isinstance(owner, list) and (key == "-" or (key.isdecimal() and int(key) <= len(owner))):
        owner.insert(len(owner) if key == "-" else int(key), deepcopy(value))
    else:
        raise Malformed(f"a patch adds {key} where nothing can be added")


def _replace(owner: YamlValue, key: str, value: YamlValue) -> None:
    _reach(owner, [key])
    if isinstance(owner, dict):
        owner[key] = deepcopy(value)
    elif isinstance(owner, list):
        owner[int(key)] = deepcopy(value)


def _remove(owner: YamlValue, key: str, value: YamlValue = None) -> None:
    _reach(owner, [key])
    if isinstance(owner, dict):
        del owner[key]
    elif isinstance(owner, list):
        del owner[int(key)]


_OPERATIONS: dict[str, Callable[[YamlValue, str, YamlValue], None]] = {
    "add": _add,
    "replace": _replace,
    "remove": _remove,
}
