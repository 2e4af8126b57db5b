"""The HTML report: self-contained, escaped, whole without its script, readable in both themes."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.report import Report
from auditor.report.html import anchor, spans
from auditor.report.registry import render
from auditor.report.text import plain

from .sample import HOSTILE, report


class Page(HTMLParser):
    """The tags of a page with their attributes, and its visible text."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def _shape(text: str) -> list[str]:
    """The tags in order, but for the bare ones around what stands between backticks."""
    return [tag for tag, attributes in Page(text).tags if (tag, attributes) != ("code", {})]


HARMLESS = _shape(render("html", report("name")))


@pytest.fixture(scope="module")
def text(sample: Report) -> str:
    return render("html", sample)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_adds_no_tag_and_no_attribute(hostile: str) -> None:
    page, harmless = (Page(render("html", report(name))) for name in (hostile, "name"))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
    assert [set(a) for _, a in page.tags] == [set(a) for _, a in harmless.tags]
    assert not page.open


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.characters(), min_size=1, max_size=40)
    | st.text(st.sampled_from("<>&\"'`=/ ax{}%-!"), min_size=1, max_size=20)
)
def test_no_name_changes_the_page(hostile: str) -> None:
    text = render("html", report(hostile))
    assert _shape(text) == HARMLESS
    assert all(char.isprintable() or char == "\n" for char in text)


def test_nothing_is_loaded_and_nothing_runs_but_the_own_script(text: str) -> None:
    page = Page(text)
    assert [
        a for _, a in page.tags if "src" in a or any(k.startswith("on") or k == "style" for k in a)
    ] == []
    assert [a["href"] for a in page.all("link")] == ["data:,"]
    assert not {"img", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.tags}
    assert re.search(r"@import|url\((?!#)", text) is None
    assert all((a["href"] or "")[:1] == "#" for a in page.all("use"))
    assert all(re.match(r"#|https?://", a["href"] or "") for a in page.all("a"))


def test_the_policy_allows_exactly_the_style_and_the_script_of_the_page(text: str) -> None:
    policy = next(a["content"] for a in Page(text).all("meta") if "http-equiv" in a)
    for tag in ("style", "script"):
        found = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        assert len(found) == 1
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in (policy or "")
    assert (policy or "").startswith("default-src 'none';")


def test_without_the_script_everything_is_shown(text: str, sample: Report) -> None:
    page = Page(text)
    items = [a for a in page.all("details") if a["class"] == "item"]
    assert len(items) == len(sample.verdicts())
    assert not any("hidden" in a for a in items)
    assert all("hidden" in a for a in page.all("form"))


def test_every_part_of_the_report_is_on_the_page(text: str) -> None:
    words = " ".join(" ".join(Page(text).words).split())
    for expected in (
        "NOT READY",
        "45.3 %",
        "ready: 7 blocker items are open",
        "FAIL (unknown)",
        "orders/module_5.py:5",
        "pytest --cov --cov-branch --cov-report=xml",
        "approved by Head of Operations",
        "Speech is turned into text",
        "E3 reported, at least E2 effective needed",
        "did not answer within 5 s.",
        "Possible SQL injection",
        "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "production-readiness 1.0.0",
        "unused waivers",
        "they are normalised.",
        "\\x1b[31mred.py",
    ):
        assert expected in words


def test_every_link_within_the_page_leads_somewhere_and_ids_are_unique(text: str) -> None:
    page = Page(text)
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    targets = {(a["href"] or "")[1:] for _, a in page.tags if (a.get("href") or "").startswith("#")}
    assert targets <= set(ids)
    described = {a[key] for _, a in page.tags for key in ("aria-labelledby", "for") if a.get(key)}
    assert described <= set(ids)


def test_controls_and_regions_have_names(text: str) -> None:
    page = Page(text)
    labelled = {a["for"] for a in page.all("label") if "for" in a}
    for control in [*page.all("select"), *(a for a in page.all("input") if a["type"] == "search")]:
        assert control["id"] in labelled
    assert {"header", "main", "nav", "footer", "h1"} <= {tag for tag, _ in page.tags}
    assert all("aria-label" in a or "aria-labelledby" in a for a in page.all("section"))
    assert all(a.get("aria-hidden") or a.get("role") == "img" for a in page.all("svg"))
    assert any(a.get("aria-live") == "polite" for a in page.all("p"))


def test_headings_descend_one_step_at_a_time(text: str) -> None:
    steps = [int(tag[1]) for tag, _ in Page(text).tags if re.fullmatch(r"h[1-4]", tag)]
    assert steps[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(steps))


def test_an_anchor_holds_only_harmless_characters() -> None:
    assert anchor("item", 'a b"<c>') == "item-a-b-c-"


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


GROUNDS = ("bg", "panel", "raised", "code")
TINTED = ("pass", "fail", "unknown", "none", "blocker", "critical", "important", "nice")
PAIRS = [
    *((ink, ground) for ink in ("ink", "muted", "accent") for ground in GROUNDS),
    *((name, "panel") for name in ("pass", "fail", "unknown")),
    *((n, f"{n}-tint") for n in TINTED),
    ("on-accent", "accent"),
    ("ink", "accent-tint"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS)
def test_text_has_enough_contrast(theme: str, pair: tuple[str, str], text: str) -> None:
    block = next(b for b in re.findall(r"\{([^{}]*)\}", text) if f"color-scheme: {theme}" in b)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    assert _contrast(*(colours[name] for name in pair)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", ["pass-fill", "fail-fill", "line-strong", "accent"])
def test_bars_and_borders_of_controls_stand_out(theme: str, part: str, text: str) -> None:
    block = next(b for b in re.findall(r"\{([^{}]*)\}", text) if f"color-scheme: {theme}" in b)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    assert _contrast(colours[part], colours["panel"]) >= 3


def test_what_stands_between_backticks_is_code_and_markup_stays_text() -> None:
    assert spans("run `a <b>` & <i>`") == "run <code>a &lt;b&gt;</code> &amp; &lt;i&gt;`"
    assert spans("\x1b[31m`x`") == f"{plain(chr(27))}[31m<code>x</code>"
