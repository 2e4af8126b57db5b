"""The small files of a bundle as one tar: a run has a hundred of them, and a folder of millions is slow."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

from auditor.store.history.trouble import BadHistory

_BLOB = "blobs/"


def packed(files: Mapping[str, bytes]) -> bytes:
    """A tar of the manifest and the evidence; the same files give the same bytes. Artefacts stay out."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in sorted(files.items()):
            if not name.startswith(_BLOB):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files in it. Raises BadHistory."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            return {m.name: f.read() for m in tar.getmembers() if (f := tar.extractfile(m))}
    except (tarfile.TarError, KeyError, OSError):
        raise BadHistory("The evidence of the run is damaged; restore it from a backup.") from None


def artefacts(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The raw artefacts of a bundle by path; their names are their digests."""
    return {name: data for name, data in files.items() if name.startswith(_BLOB)}
