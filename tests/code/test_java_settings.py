"""The settings that are packaged with a Java service."""

from __future__ import annotations

from auditor.code.java.java_settings import JavaSettings, java_settings, plain

FOLDER = "src/main/resources"


def settings(**files: str) -> JavaSettings:
    """The settings in files by their names, `__` for a dot and `_` for a dash."""
    named = {f"{FOLDER}/{n.replace('__', '.').replace('_', '-')}": t for n, t in files.items()}
    return java_settings(named, lambda p: named[p])


def test_properties_are_read_with_their_lines() -> None:
    found = settings(application__properties="# a=1\nx.read-timeout = 5s\ny: ${Y:7}\nz=${Z}\n")
    one = found.get("x.readTimeout")
    assert one is not None
    assert (one.value, one.line) == ("5s", 2)
    assert found.values == {"x.readtimeout": "5s", "y": "7", "z": ""}


def test_yaml_is_flattened() -> None:
    found = settings(application__yml="a:\n  b-c:\n    - n: 1\n    - On\nd: true\n")
    assert found.values == {"a.bc[0].n": "1", "a.bc[1]": "On", "d": "true"}
    assert [s.line for s in found.below("a.b-c")] == [3, 4]


def test_only_profiles_of_production_count() -> None:
    found = settings(
        application__yml="x: 1\n---\nspring.config.activate.on-profile: dev\nx: 2\n",
        application_prod__yml="y: 3\n",
        application_dev__yml="y: 4\n",
        application__properties='%dev.z=5\n%prod.z=6\n#---\nspring.profiles=test\nz=7\n',
    )  # fmt: skip
    assert found.values == {"x": "1", "y": "3", "z": "6"}


def test_what_is_not_packaged_or_not_readable_says_nothing() -> None:
    files = {"src/test/resources/application.yml": "x: 1\n", f"{FOLDER}/application.yml": "x: ["}
    found = java_settings(files, lambda p: files[p])
    assert found.by_name == {}
    assert found.unread == [f"{FOLDER}/application.yml"]


def test_names_are_compared_as_spring_does() -> None:
    assert plain("Feign.client_x.read-Timeout") == "feign.clientx.readtimeout"


def test_a_profile_that_the_settings_make_active_counts_unless_it_is_for_development() -> None:
    files = {"application_github__properties": "x=2\n", "application_dev__properties": "x=3\n"}
    active = settings(application__yml="x: 1\nspring.profiles.active: github\n", **files)
    assert active.values["x"] == "2"
    other = settings(application__yml="x: 1\nspring.profiles.active: dev\n", **files)
    assert other.values["x"] == "1"


def test_a_value_is_kept_as_it_is_written() -> None:
    found = settings(application__yml="x: ${X:7}\n").get("x")
    assert found is not None
    assert (found.value, found.written) == ("7", "${X:7}")
