"""TruffleHog's lines: a finding each, log lines passed over."""

from __future__ import annotations

import pytest

from auditor.formats.scanners.trufflehog_json import parse, sniff
from auditor.formats.text.errors import Malformed

GIT = (
    b'{"SourceMetadata":{"Data":{"Git":{"commit":"c1","file":"a.py","line":4,"email":"x"}}},'
    b'"DetectorName":"AWS","Verified":true,"Raw":"s3cr3t-value"}\n'
)
FILE = b'{"SourceMetadata":{"Data":{"Filesystem":{"file":"b.env"}}},"DetectorName":"Slack"}\n'
LOG = b'{"level":"info-0","ts":"2026-01-01T00:00:00Z","msg":"finished scanning"}\n'


def test_findings_keep_rule_and_place_and_never_the_value() -> None:
    report = parse(GIT + LOG + FILE)
    assert [(x.rule, x.path, x.line, x.commit, x.verified) for x in report.leaks] == [
        ("AWS", "a.py", 4, "c1", True),
        ("Slack", "b.env", None, "", False),
    ]
    assert "s3cr3t-value" not in repr(report)
    assert sniff(GIT)


def test_a_line_of_something_else_is_malformed_with_its_line() -> None:
    with pytest.raises(Malformed, match="DetectorName"):
        parse(GIT + b'{"x": 1}\n')
    with pytest.raises(Malformed) as refused:
        parse(GIT + b"{oops}\n")
    assert refused.value.line == 2
