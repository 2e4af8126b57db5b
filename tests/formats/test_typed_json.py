"""Decoders are built one at a time: two first uses at once would end the process."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import auditor

_RACE = """
import sys, threading
from auditor.codec import decode, encode
from auditor.model.evidence import Evidence, Status
sys.setswitchinterval(1e-6)
data = encode(Evidence(probe="a.b", version="1", status=Status.OK))
gate = threading.Barrier(8)
def first() -> None:
    gate.wait()
    decode(data, Evidence)
threads = [threading.Thread(target=first) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
"""


def test_the_first_decodings_may_happen_at_once() -> None:
    for _ in range(8):
        done = subprocess.run((sys.executable, "-P", "-c", _RACE), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_no_other_room_builds_a_decoder() -> None:
    rooms = [Path(auditor.__file__).parent, Path(auditor.__file__).parent.parent / "probes"]
    others = [p for room in rooms for p in room.rglob("*.py") if p.name != "typed_json.py"]
    assert others
    assert [
        p.name
        for p in others
        if re.search(r"json\.Decoder\(|json\.decode\([^)]*type=", p.read_text("utf-8"))
    ] == []
