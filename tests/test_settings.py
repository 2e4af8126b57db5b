"""auditor.yaml and the waivers file: every key, and every mistake with its place."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.config_text import Mistake
from auditor.model.target import Deployment, Feature
from auditor.model.verdict import Waiver
from auditor.settings import Settings, read_settings, read_waivers, url_complaint

FILE = "shop/auditor.yaml"
FULL = b"""\
service: orders
root: services/orders
tier: internal
checklist: readiness/checklist.yaml
deployments:
  staging:
    url: https://staging.example.net
    prometheus: http://prom.example.net:9090
    alertmanager: http://am.example.net
    grafana: http://grafana.example.net
    loki: http://loki.example.net
  live: {url: "https://example.net", production: true}
evidence: [reports/**/*.xml, "reports/*.json"]
features:
  - id: payments
    title: Pay an order
    severity: blocker
    tests: ["tests/test_pay.py::*"]
    live: {get: /pay/health}
    metric: payments_total
  - {id: refunds, title: Refund an order}
not_applicable:
  security.compliance.pci: "no card data"
attestations: readiness/attestations.yaml
waivers: readiness/waivers.yaml
effort: {testing.coverage: 4h, testing.tests.load: 90m}
history: postgresql://auditor@db.example.net/readiness
history_blobs: s3://readiness/evidence
"""


def test_every_key_is_read() -> None:
    assert read_settings(FULL, FILE) == Settings(
        service="orders",
        root="services/orders",
        checklist="readiness/checklist.yaml",
        deployments={
            "staging": Deployment(
                "staging",
                "https://staging.example.net",
                "http://prom.example.net:9090",
                "http://am.example.net",
                "http://grafana.example.net",
                "http://loki.example.net",
            ),
            "live": Deployment("live", "https://example.net", production=True),
        },
        evidence=("reports/**/*.xml", "reports/*.json"),
        features=(
            Feature(
                "payments",
                "Pay an order",
                "blocker",
                ("tests/test_pay.py::*",),
                "/pay/health",
                "payments_total",
            ),
            Feature("refunds", "Refund an order"),
        ),
        not_applicable={"security.compliance.pci": "no card data"},
        attestations="readiness/attestations.yaml",
        waivers="readiness/waivers.yaml",
        file=FILE,
        effort={"testing.coverage": Fraction(4), "testing.tests.load": Fraction(3, 2)},
        history="postgresql://auditor@db.example.net/readiness",
        history_blobs="s3://readiness/evidence",
        tier="internal",
        tier_at=(3, 7),
    )


@pytest.mark.parametrize("data", [b"", b"\n", b"# nothing yet\n", b"{}"])
def test_every_key_is_optional(data: bytes) -> None:
    assert read_settings(data, FILE) == Settings(file=FILE)


def test_one_glob_may_stand_for_a_list() -> None:
    assert read_settings(b"evidence: reports/*.xml", FILE).evidence == ("reports/*.xml",)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("servise: x", "1:1", "'servise' is not a key of the file. Did you mean 'service'?"),
        ("- a", "1:1", "the file should be a mapping of names to values, not a list."),
        ("service: 3", "1:10", "service should be a text (put it in quotes), not 3."),
        ("service: [a]", "1:10", "service should be a text (put it in quotes), not a list."),
        ("service: orders\nservice: x", "2:1", "the key `service` stands there twice"),
        ("service: {", "2:1", "not valid YAML"),
        ("\tservice: x", "1:1", "a tab stands in the indentation"),
        ("deployments: {s: {ulr: http://x}}", "1:19", "'ulr' is not a key of deployments.s. Did you mean 'url'?"),
        ("deployments:\n  s: https://x", "2:6", "deployments.s should be a mapping"),
        ("deployments:\n  s:\n    url: ftp://x", "3:10", "deployments.s.url: 'ftp://x' is not an http or https URL"),
        ("deployments: {s: {production: maybe}}", "1:31", "should be true or false, not 'maybe'."),
        ("evidence: {a: b}", "1:11", "evidence should be a list, not a mapping."),
        ("evidence: [a, 3]", "1:15", "evidence.1 should be a text (put it in quotes), not 3."),
        ("effort: {a.b: 2d}", "1:15", "effort.a.b should be hours or minutes of work, such as 4h or 30m."),
        ("effort: {a.b: 4}", "1:15", "effort.a.b should be hours or minutes of work, such as 4h or 30m."),
        ("history: postgresql://a:secret@db/x", "1:10", "history holds a password."),
        ("history: postgresql://db/x?sslpassword=secret", "1:10", "history holds a password."),
        ("history_blobs: ''", "1:16", "history_blobs is empty; write a file or a URL."),
        ("effort: [a.b]", "1:9", "effort should be a mapping of names to values, not a list."),
        ("not_applicable: {a.b: ''}", "1:23", "not_applicable.a.b is empty; write why it does not apply."),
        ("not_applicable: {a.b: }", "1:23", "should be a text (put it in quotes), not nothing."),
        ("features: {id: a}", "1:11", "features should be a list, not a mapping."),
        ("features:\n  - title: Pay", "2:5", "features.0 lacks the key 'id'."),
        ("features:\n  - {id: a, tilte: Pay}", "2:13", "Did you mean 'title'?"),
        ("features:\n  - {id: 'a b', title: Pay}", "2:10", "'a b' is no id: use letters, digits, - and _."),
        ("features:\n  - {id: 'a@b', title: Pay}", "2:10", "'a@b' is no id"),
        ("features:\n  - {id: '', title: Pay}", "2:10", "'' is no id"),
        ("features:\n  - {id: a, title: ''}", "2:20", "is empty; write what the feature does."),
        ("features:\n  - {id: a, title: A}\n  - {id: a, title: B}", "3:10", "The feature 'a' is declared twice."),
        ("features:\n  - {id: a, title: A, severity: bloker}", "2:33", "Did you mean 'blocker'?"),
        ("features:\n  - {id: a, title: A, live: /pay}", "2:29", "should be a mapping"),
        ("features:\n  - {id: a, title: A, live: {post: /pay}}", "2:30", "'post' is not a key"),
        ("features:\n  - {id: a, title: A, live: {get: 'https://evil.test/'}}", "2:35", "should be a path on the deployment"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_column_and_the_nearest_name(
    text: str, place: str, said: str
) -> None:
    with pytest.raises(Mistake) as caught:
        read_settings(text.encode(), FILE)
    assert str(caught.value).startswith(f"{FILE}:{place}: ")
    assert said in str(caught.value)


def test_a_file_that_is_not_text_is_a_mistake_with_its_place() -> None:
    with pytest.raises(Mistake, match=r"auditor\.yaml:1:1: .*Save the file as UTF-8"):
        read_settings(b"service: \xff\xfe", FILE)


def test_a_file_that_grows_without_end_is_a_mistake_with_its_place() -> None:
    bomb = b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 10)) for n in range(98, 110)
    )
    with pytest.raises(Mistake, match=r"auditor\.yaml:\d+:\d+: The file is refused"):
        read_settings(bomb, FILE)


@given(
    st.binary(max_size=80)
    | st.text(alphabet="abc:{}[]-&*! \n'\"|>#%@", max_size=80).map(str.encode)
)
def test_no_file_breaks_it(data: bytes) -> None:
    try:
        told = str(read_settings(data, FILE).file)
    except Mistake as mistake:
        told = str(mistake)
    assert re.match(rf"{FILE}$|{FILE}:\d+:\d+: .", told)


class TestUrls:
    @pytest.mark.parametrize(
        "url", ["https://staging.example.net", "http://127.0.0.1:8000/base", "http://[::1]:9090", "HTTPS://X"]
    )  # fmt: skip
    def test_good_ones(self, url: str) -> None:
        assert url_complaint(url) is None

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("staging.example.net", "is not an http or https URL"),
            ("file:///etc/passwd", "is not an http or https URL"),
            ("https://", "is not an http or https URL"),
            ("", "is not an http or https URL"),
            ("http://x:port", "is not a URL"),
            ("http://[::1", "is not a URL"),
            ("http://x:99999", "is not a URL"),
            ("http://x y", "holds a space or a control character"),
            ("http://x/\x1b[0m", "holds a space or a control character"),
            ("https://user:secret@x.test", "must not carry a user name or a password"),
            ("https://user@x.test", "must not carry a user name or a password"),
            ("https://@x.test", "must not carry a user name or a password"),
        ],
    )
    def test_bad_ones(self, url: str, said: str) -> None:
        assert said in (url_complaint(url) or "")

    def test_a_password_is_not_repeated_in_the_complaint(self) -> None:
        assert "hunter2" not in (url_complaint("https://user:hunter2@x.test") or "")

    @given(st.text(max_size=40) | st.text(alphabet="htps:/[]@.%?#x0", max_size=20))
    def test_no_text_breaks_it(self, text: str) -> None:
        complaint = url_complaint(text)
        assert complaint is None or complaint.strip()


class TestWaivers:
    KNOWN = ("testing.coverage", "security.dast")
    GOOD = """\
- item: testing.coverage
  owner: dana@example.net
  approver: lee@example.net
  reason: after the move
  expires: 2027-01-31T00:00:00+01:00
  evidence: TICKET-7
"""

    def read(self, text: str) -> tuple[Waiver, ...]:
        return read_waivers(text.encode(), "waivers.yaml", self.KNOWN)

    def test_an_entry_is_a_waiver(self) -> None:
        assert self.read(self.GOOD) == (
            Waiver(
                "testing.coverage",
                "dana@example.net",
                "lee@example.net",
                "after the move",
                "2027-01-31T00:00:00+01:00",
                "TICKET-7",
            ),
        )

    @pytest.mark.parametrize("text", ["", "# none\n", "[]"])
    def test_a_file_may_waive_nothing(self, text: str) -> None:
        assert self.read(text) == ()

    @pytest.mark.parametrize(
        ("old", "new", "place", "said"),
        [
            ("testing.coverage", "testing.coverag", "1:9", "Did you mean 'testing.coverage'?"),
            ("testing.coverage", "'*'", "1:9", "No item is called '*'."),
            ("lee@", "DANA@", "3:13", "must be somebody other than its owner"),
            ("after the move", "''", "4:11", "is empty; write why the item may stay open."),
            ("dana@example.net", "' '", "2:10", "is empty; write who it is."),
            ("  reason: after the move\n", "", "1:3", "lacks the key 'reason'."),
            ("T00:00:00+01:00", "", "5:12", "lacks a time zone; write for example 2027-01-31T00:00:00+00:00."),
            ("+01:00", "", "5:12", "lacks a time zone"),
            ("2027-01-31T00:00:00+01:00", "next year", "5:12", "should be a time with its zone"),
            ("2027-01-31T00:00:00+01:00", "2027", "5:12", "should be a time with its zone"),
            ("evidence:", "evidense:", "6:3", "Did you mean 'evidence'?"),
            ("- item", "item", "1:1", "should be a list, not a mapping"),
        ],
    )  # fmt: skip
    def test_a_mistake_stops_the_audit_and_names_its_place(
        self, old: str, new: str, place: str, said: str
    ) -> None:
        text = self.GOOD.replace(old, new) if old != "- item" else "item: x"
        with pytest.raises(Mistake) as caught:
            self.read(text)
        assert str(caught.value).startswith(f"waivers.yaml:{place}: ")
        assert said in str(caught.value)

    def test_false_green_one_bad_entry_among_good_ones_is_not_passed_over(self) -> None:
        with pytest.raises(Mistake, match=r"waivers\.yaml:7:9"):
            self.read(self.GOOD + self.GOOD.replace("testing.coverage", "tests.covered"))
