"""What is kept of the raw artefacts: redacted, by digest, up to a limit."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

from auditor.probing.doors.recorder import Recorder


def test_a_blob_is_named_by_the_digest_of_what_is_stored() -> None:
    recorder = Recorder()
    digest = recorder.keep(b"password=hunter2")
    stored = b"password=[redacted]"
    assert digest == hashlib.sha256(stored).hexdigest()
    assert recorder.blobs == {digest: stored}


def test_the_same_bytes_are_kept_once() -> None:
    recorder = Recorder(total=10)
    assert recorder.keep(b"12345678") == recorder.keep(b"12345678")
    assert recorder.left_out == 0


def test_what_is_too_large_by_itself_is_left_out() -> None:
    recorder = Recorder(one=4)
    assert recorder.keep(b"12345") is None
    assert recorder.keep(b"1234") is not None
    assert (len(recorder.blobs), recorder.left_out) == (1, 1)


def test_what_does_not_fit_any_more_is_left_out_and_smaller_things_still_fit() -> None:
    recorder = Recorder(total=10)
    assert recorder.keep(b"1234567") is not None
    assert recorder.keep(b"abcdefg") is None
    assert recorder.keep(b"abc") is not None
    assert recorder.left_out == 1


def test_several_threads_may_keep_at_once() -> None:
    recorder = Recorder(total=1000)
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(recorder.keep, [b"%010d" % (n % 150) for n in range(3000)]))
    assert len(recorder.blobs) == 100
    assert sum(len(data) for data in recorder.blobs.values()) == 1000
    assert {k for k in kept if k} == set(recorder.blobs)


def test_what_was_given_out_does_not_change() -> None:
    recorder = Recorder()
    recorder.keep(b"one")
    before = recorder.blobs
    recorder.keep(b"two")
    assert len(before) == 1
