"""Large reports: CPU time and peak memory of our parsers beside a bare parse of the same file.

Makes a Cobertura report of 100 MB, an LCOV report of 200 MB, a SARIF log of 100 MB and an exposition of
1,000,000 samples in a temporary folder. Each parse runs in a process of its own; memory is what it took
at most beside the bytes of the file. Run by hand: python benchmarks/large_reports.py [SCALE], where a
scale of 0.1 makes files of a tenth.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

import msgspec
from prometheus_client.parser import text_fd_to_metric_families

from auditor.formats.coverage import cobertura, lcov
from auditor.formats.monitoring import exposition
from auditor.formats.scanners import sarif

MB = 1_000_000
LINES = 400
Parse = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Format:
    """A sort of report: how large, how a file of it is made, and the two parses."""

    title: str
    size: int
    pieces: Callable[[int], Iterator[bytes]]
    ours: Parse
    bare: Parse
    bare_title: str


def cobertura_pieces(size: int) -> Iterator[bytes]:
    """Classes of 400 lines, a branch on every tenth, until there are `size` bytes."""
    yield b'<?xml version="1.0" ?>\n<coverage version="7.6" timestamp="1715617956325" line-rate="0.8575">\n'
    yield b'<packages><package name="app"><classes>\n'
    lines = b"".join(_cobertura_line(number) for number in range(1, LINES + 1))
    written = number = 0
    while written < size:
        piece = (
            b'<class name="m" filename="app/m_%d.py"><methods/><lines>\n%b</lines></class>\n'
            % (number, lines)
        )
        written, number = written + len(piece), number + 1
        yield piece
    yield b"</classes></package></packages></coverage>\n"


def _cobertura_line(number: int) -> bytes:
    branch = b' branch="true" condition-coverage="50%% (1/2)"' if number % 10 == 0 else b""
    return b'<line number="%d" hits="%d"%b/>\n' % (number, number % 7, branch.replace(b"%%", b"%"))


def lcov_pieces(size: int) -> Iterator[bytes]:
    """Records of 400 lines and 40 branches until there are `size` bytes."""
    lines = b"".join(b"DA:%d,%d\n" % (number, number % 7) for number in range(1, LINES + 1))
    branches = b"".join(b"BRDA:%d,0,%d,%d\n" % (n * 10, n % 2, n % 3) for n in range(1, 41))
    covered = sum(number % 7 > 0 for number in range(1, LINES + 1))
    written = number = 0
    while written < size:
        piece = b"TN:\nSF:/build/src/m_%d.c\n%b%bLF:%d\nLH:%d\nend_of_record\n" % (
            number, lines, branches, LINES, covered
        )  # fmt: skip
        written, number = written + len(piece), number + 1
        yield piece


def sarif_pieces(size: int) -> Iterator[bytes]:
    """One run with results of about 400 bytes until there are `size` bytes."""
    rules = [{"id": f"R{n}", "defaultConfiguration": {"level": "warning"}} for n in range(50)]
    driver = json.dumps({"driver": {"name": "made-up", "version": "1.0", "rules": rules}})
    yield f'{{"version": "2.1.0", "runs": [{{"tool": {driver}, "results": [\n'.encode()
    written = number = 0
    while written < size:
        place = {
            "artifactLocation": {"uri": f"src/m_{number // 20}.py"},
            "region": {"startLine": number % 900 + 1},
        }
        result = {
            "ruleId": f"R{number % 50}", "ruleIndex": number % 50, "level": "warning",
            "message": {"text": "Something that a tool says of this line. " * 4},
            "locations": [{"physicalLocation": place}],
        }  # fmt: skip
        piece = (",\n" if number else "").encode() + json.dumps(result).encode()
        written, number = written + len(piece), number + 1
        yield piece
    yield b"\n]}]}\n"


def exposition_pieces(samples: int) -> Iterator[bytes]:
    """Families of a thousand samples each."""
    for family in range(-(-samples // 1000)):
        name = f"shop_{family}_total"
        lines = [f"# HELP {name} Things.", f"# TYPE {name} counter"]
        lines += [f'{name}{{path="/a/{n}",code="200"}} {n}.0' for n in range(1000)]
        yield ("\n".join(lines) + "\n").encode()


def bare_xml(data: bytes) -> object:
    """expat with handlers that do nothing."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: None
    parser.EndElementHandler = lambda name: None
    return parser.Parse(data, True)


def bare_lines(data: bytes) -> object:
    """Every line, looked at and dropped."""
    return sum(line.startswith(b"DA:") for line in io.BytesIO(data))


def bare_json(data: bytes) -> object:
    """msgspec into plain lists and dictionaries."""
    return msgspec.json.decode(data)


def bare_samples(data: bytes) -> object:
    """The parser of prometheus_client, one family after another."""
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8")
    return sum(len(family.samples) for family in text_fd_to_metric_families(text))


FORMATS = {
    "cobertura": Format("Cobertura", 100 * MB, cobertura_pieces, cobertura.parse, bare_xml, "expat"),
    "lcov": Format("LCOV", 200 * MB, lcov_pieces, lcov.parse, bare_lines, "a loop over lines"),
    "sarif": Format("SARIF", 100 * MB, sarif_pieces, sarif.parse, bare_json, "msgspec, untyped"),
    "exposition": Format(
        "Exposition", 1_000_000, exposition_pieces, exposition.parse, bare_samples, "prometheus_client"
    ),
}  # fmt: skip


def measure(name: str, which: str, path: Path) -> None:
    """In a process of its own: parse, and print seconds of CPU and kilobytes beside the file's bytes."""
    data = path.read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    parse = FORMATS[name].ours if which == "ours" else FORMATS[name].bare
    parse(data)
    seconds = time.process_time() - started
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


def measured(name: str, which: str, path: Path) -> tuple[float, float]:
    """Seconds of CPU and megabytes, by a child."""
    args = (sys.executable, __file__, "--one", name, which, str(path))
    out = subprocess.run(args, check=True, capture_output=True, text=True).stdout
    seconds, kilobytes = out.split()
    return float(seconds), float(kilobytes) * 1024 / MB


def main() -> None:
    """Print a table."""
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
        return
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print(
        f"{'report':<12}{'file, MB':>10}  {'parse':<22}{'CPU, s':>8}{'MB beside':>12}{'ratio of time':>15}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, one in FORMATS.items():
            path = Path(folder) / name
            with path.open("wb") as file:
                file.writelines(one.pieces(int(one.size * scale)))
            size = path.stat().st_size / MB
            ours, bare = (measured(name, which, path) for which in ("ours", "bare"))
            print(
                f"{one.title:<12}{size:>10.0f}  {'ours':<22}{ours[0]:>8.1f}{ours[1]:>12.0f}{ours[0] / bare[0]:>15.1f}"
            )
            print(f"{'':<22}  {one.bare_title:<22}{bare[0]:>8.1f}{bare[1]:>12.0f}")
            path.unlink()


if __name__ == "__main__":
    main()
