"""Tells a licence by its text, and brings names of licences to their SPDX identifiers."""

from __future__ import annotations

import re

_ANY_PURPOSE = (
    r"permission to use, copy, modify, and(?:/or)? distribute this software for any purpose with or without fee is "
    r"hereby granted"
)
_TEXTS = [
    ("AGPL-3.0", r"gnu affero general public license version 3"),
    ("LGPL-3.0", r"gnu lesser general public license version 3"),
    ("LGPL-2.1", r"gnu lesser general public license version 2\.1"),
    ("GPL-3.0", r"gnu general public license version 3"),
    ("GPL-2.0", r"gnu general public license version 2"),
    ("Apache-2.0", r"apache license,? version 2\.0"),
    ("MPL-2.0", r"mozilla public license,? version 2\.0"),
    ("EPL-2.0", r"eclipse public license - v 2\.0"),
    ("EUPL-1.2", r"european union public licence v\. 1\.2"),
    ("BUSL-1.1", r"business source license 1\.1"),
    ("SSPL-1.0", r"server side public license version 1"),
    ("Elastic-2.0", r"elastic license 2\.0"),
    ("CC0-1.0", r"cc0 1\.0 universal"),
    ("Unlicense", r"this is free and unencumbered software released into the public domain"),
    ("ISC", rf"{_ANY_PURPOSE}, provided that"),
    ("0BSD", rf"{_ANY_PURPOSE}\."),
    ("MIT", r"permission is hereby granted, free of charge, to any person obtaining a copy"),
    ("BSD-3-Clause", r"redistribution and use in source and binary forms.{0,2000}neither the name"),
    ("BSD-2-Clause", r"redistribution and use in source and binary forms"),
    ("Zlib", r"this software is provided 'as-is', without any express or implied warranty"),
]  # fmt: skip
_COMPILED = [(spdx, re.compile(text)) for spdx, text in _TEXTS]
_WORDS = {
    "apache": "Apache-2.0", "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0", "apache software license": "Apache-2.0", "apache-2": "Apache-2.0",
    "the apache license, version 2.0": "Apache-2.0", "mit license": "MIT", "the mit license": "MIT", "expat": "MIT",
    "bsd license": "BSD", "bsd": "BSD", "isc license": "ISC", "agpl-3": "AGPL-3.0", "agplv3": "AGPL-3.0",
    "agplv3+": "AGPL-3.0",
    "gplv3": "GPL-3.0", "gplv3+": "GPL-3.0", "gplv2": "GPL-2.0", "gpl-3": "GPL-3.0", "mpl 2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "gnu affero general public license v3": "AGPL-3.0",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0",
    "gnu general public license v3 (gplv3)": "GPL-3.0", "gnu general public license v3 or later (gplv3+)": "GPL-3.0",
}  # fmt: skip
_HEAD = 30_000


def spdx_of_text(text: str) -> str:
    """The SPDX identifier of a licence text; "" for one that is not known, or is made of several."""
    flat = " ".join(re.sub(r"[\"“”*#>]", " ", text[:_HEAD]).lower().split())
    found = {spdx for spdx, one in _COMPILED if one.search(flat)}
    if "BSD-3-Clause" in found:
        found.discard("BSD-2-Clause")
    if "BUSL-1.1" in found:
        return "BUSL-1.1"  # it names the licence that it will turn into
    return (
        found.pop() if len(found) == 1 else ""
    )  # of a text of several parts each may be for some files


def spdx_ids(written: str) -> frozenset[str]:
    """The identifiers in a name or SPDX expression, without `-only`, `-or-later` and `+`."""
    known = _WORDS.get(" ".join(written.lower().split()).rstrip("."))
    if known is not None:
        return frozenset({known})
    words = [
        w for w in re.split(r"[\s()/]+", written) if w.upper() not in ("OR", "AND", "WITH", "")
    ]
    return frozenset(_bare(_WORDS.get(w.lower(), w)) for w in words)


def _bare(word: str) -> str:
    return re.sub(r"(?i)(?:-only|-or-later|\+)$", "", word)


def same(spdx: str, written: str) -> bool:
    """Whether what a manifest writes allows the licence of a text."""
    said = {one.lower() for one in spdx_ids(written)}
    return spdx.lower() in said or (spdx.startswith("BSD-") and "bsd" in said)


def names_licence(written: str) -> bool:
    """Whether a manifest's entry names a licence at all, and not a file, a company or nothing."""
    text = written.strip()
    if (
        not text
        or len(text) > 200
        or re.match(r"(?i)see licen[cs]e|unlicensed|proprietary|file:|licenseref|other", text)
    ):
        return False
    known = {spdx.lower() for spdx, _ in _TEXTS} | {"bsd", "cc-by-4.0", "wtfpl"}
    return bool({one.lower() for one in spdx_ids(text)} & known)
