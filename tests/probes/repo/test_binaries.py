"""repo.binaries tells programs by their first bytes, and files that are too large for git."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.binaries import binaries

ELF = b"\x7fELF\x02\x01\x01" + bytes(40)


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `binaries.`."""
    found = values(run_probe(binaries, repo=files, **options))
    return {key.removeprefix("binaries."): value for key, value in found.items()}


@pytest.mark.parametrize(
    ("path", "data", "what"),
    [
        ("bin/tool", ELF, "an ELF program"),
        ("lib/x.so.1", ELF, "an ELF program"),
        ("setup.exe", b"MZ\x90\0", "a Windows program"),
        ("A.class", b"\xca\xfe\xba\xbe\0\0\0\x41", "a Java class"),
        ("lib/driver.jar", b"PK\x03\x04rest", "an archive of compiled code"),
        ("a/b.pyc", b"\xa7\r\r\n"[:2] + b"\r\n" + bytes(9), "Python bytecode"),
        ("app.wasm", b"\0asm\x01\0\0\0", "a WebAssembly module"),
    ],
)
def test_present(path: str, data: bytes, what: str) -> None:
    assert look({path: data})["programs"] == [f"{path} is {what}"]


def test_missing() -> None:
    files = {
        "app.py": "x = 1\n",
        "Makefile": "all:\n",
        "logo.png": b"\x89PNG\r\n",
        "LICENSE": "MIT",
    }
    assert look(files) == {"programs": [], "large": []}


def test_nothing_to_look_at() -> None:
    assert look({}) == {"programs": [], "large": []}


def test_malformed_is_what_only_bears_the_name() -> None:
    assert look({"a.exe": "text", "b.jar": "no zip", "c.so": "", "d.pyc": "x"})["programs"] == []


def test_denied() -> None:
    evidence = run_probe(binaries, repo={"tool": Trouble(ProblemKind.DENIED, "tool")})
    assert problems(evidence) == ["denied"]
    assert "binaries.programs" not in values(evidence)


def test_large_files_are_told_with_their_size() -> None:
    assert look({"data.csv": b"1,2\n" * 1_400_000})["large"] == ["data.csv has 5.3 MB"]


@pytest.mark.parametrize("path", ["tool", "bin/run", "lib/x.so"])
def test_false_green_a_program_without_an_ending_or_deep_down_is_found(path: str) -> None:
    assert len(look({path: ELF})["programs"]) == 1


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("gradle/wrapper/gradle-wrapper.jar", b"PK\x03\x04"),
        (".mvn/wrapper/maven-wrapper.jar", b"PK\x03\x04"),
        ("model.bin", b"version https://git-lfs.github.com/spec/v1\noid sha256:x\n"),
    ],
)
def test_what_builds_expect_and_pointers_are_none(path: str, data: bytes) -> None:
    assert look({path: data})["programs"] == []


def test_only_the_service_counts() -> None:
    files = {"services/a/app.py": "x = 1\n", "services/b/tool": ELF}
    assert look(files, root="services/a")["programs"] == []
