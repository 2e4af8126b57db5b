"""The badge: an SVG of its own, readable without seeing it, and never greener than the score."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.report import Readiness, Report
from auditor.model.verdict import Score
from auditor.report.registry import render

from .sample import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


def badge(made: Report) -> ElementTree.Element:
    return ElementTree.fromstring(render("badge", made))


def of_level(made: Report, level: str, proven: Fraction) -> Report:
    score = Score(proven, proven, Fraction(1))
    return replace(made, readiness=Readiness(level, level != "not_ready", ()), score=score)


def contrast_with_white(colour: str) -> float:
    """By WCAG 2.2: 1.05 over the relative luminance plus 0.05."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_it_shows_the_level_and_what_is_proven(sample: Report) -> None:
    texts = [element.text for element in badge(sample).iter(f"{SVG}text")]
    assert texts == ["readiness", "NOT READY 45.3 %"]


def test_its_title_says_it_all_to_those_who_do_not_see_it(sample: Report) -> None:
    root = badge(sample)
    told = "orders on staging: not ready for production, 45.3 % proven, 2025-10-06 12:00 UTC"
    assert root.get("role") == "img"
    assert root.get("aria-label") == told
    assert root.findtext(f"{SVG}title") == told


@pytest.mark.parametrize(
    ("level", "proven", "shown"),
    [
        ("not_ready", Fraction(79_99, 100_00), "NOT READY 79.9 %"),
        ("ready", Fraction(8, 10), "READY 80.0 %"),
        ("excellent", Fraction(999_999, 1_000_000), "EXCELLENT 99.9 %"),
        ("perfect", Fraction(1), "PERFECT 100.0 %"),
        ("another", Fraction(1, 2), "ANOTHER 50.0 %"),
    ],
)
def test_each_level_can_be_read_and_has_a_colour_of_its_own(
    sample: Report, level: str, proven: Fraction, shown: str
) -> None:
    root = badge(of_level(sample, level, proven))
    assert [e.text for e in root.iter(f"{SVG}text")][1] == shown
    (path,) = root.iter(f"{SVG}path")
    colour = path.get("fill") or ""
    assert contrast_with_white(colour) >= 4.5
    others = {"not_ready", "ready", "excellent", "perfect"} - {level}
    assert all(f'"{colour}"' not in render("badge", of_level(sample, o, proven)) for o in others)


def test_it_loads_nothing(sample: Report) -> None:
    text = render("badge", sample)
    assert text.count("http") == 1  # the name of SVG itself
    for word in ("href", "url(", "@import", "<style", "<script", "<image"):
        assert word not in text


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=300))
def test_no_name_adds_an_element_or_changes_the_picture(sample: Report, name: str) -> None:
    hostile = replace(sample, target=replace(sample.target, service=name))
    text = render("badge", hostile)
    assert all(char.isprintable() or char == "\n" for char in text)
    tags = [element.tag for element in ElementTree.fromstring(text).iter()]
    assert tags == [element.tag for element in badge(sample).iter()]
    assert ElementTree.fromstring(text).get("width") == badge(sample).get("width")
