"""Lists with their templates put in."""

from __future__ import annotations

import pytest

from auditor.formats.ci.azure_templates import Place, Templates, defaults, filled, holds
from auditor.formats.text.yaml_shapes import text_of
from auditor.formats.text.yaml_text import load

FILES = {
    "t/a.yml": b"steps: [{script: a}, {template: b.yml}]\n",
    "t/b.yml": b"steps: [{template: a.yml}]\n",
}


def scripts(text: str) -> tuple[list[str], Templates]:
    document = load(text)
    top = Place(document.value, document, "p.yml", ())
    templates = Templates(FILES.get)
    found = templates.expand("steps", top.below("steps"), defaults(top))
    return [text_of(place.below("script").value) or "" for place, _ in found], templates


@pytest.mark.parametrize(
    ("choice", "taken"),
    [
        ("- ${{ if eq(parameters.on, true) }}: [{script: a}]\n- ${{ else }}: [{script: b}]", ["a"]),
        (
            "- ${{ if eq(parameters.on, false) }}: [{script: a}]\n- ${{ else }}: [{script: b}]",
            ["b"],
        ),
        (
            "- ${{ if eq(variables.x, 'y') }}: [{script: a}]\n- ${{ else }}: [{script: b}]",
            ["a", "b"],
        ),
        ("- ${{ each x in parameters.on }}: [{script: a}]", ["a"]),
    ],
)
def test_choices(choice: str, taken: list[str]) -> None:
    assert scripts(f"parameters: [{{name: on, default: true}}]\nsteps:\n{choice}\n")[0] == taken


def test_templates_that_hold_each_other_end() -> None:
    found, templates = scripts("steps: [{template: t/a.yml}]\n")
    assert 1 < len(found) < 20
    assert templates.gaps == []


def test_texts_and_conditions_take_parameters() -> None:
    document = load("parameters: {a: x, l: [1]}\n")
    given = defaults(Place(document.value, document, "p", ()))
    assert (
        filled("${{ parameters.a }} ${{ b }} ${{ parameters.l }}", given)
        == "x EXPRESSION EXPRESSION"
    )
    assert holds("eq(parameters.a, 'x')", given) is True
