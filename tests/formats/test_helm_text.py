"""Templates of Helm as they are written: what is literal stands, what an action puts in is a hole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.kubernetes.helm_output import is_test, read_output
from auditor.formats.kubernetes.helm_template import FILLED_IN, soften
from auditor.formats.kubernetes.helm_text import HOLE, read_written
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import list_of, mapping_of

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"


def test_values_are_holes_and_the_rest_stands() -> None:
    (found,) = read_written(
        f"{POD}spec:\n  a: {{{{ .Values.a }}}}\n  b: x\n".encode(), path="templates/a.yaml"
    )
    assert found.spec == {"a": HOLE, "b": "x"}
    assert (found.line("spec", "b"), found.made) == (2, "as written")


def test_branches_conditions_and_what_is_no_yaml_are_left_out() -> None:
    for text in (
        f"{{{{ if .Values.a }}}}\n{POD}{{{{ end }}}}\n",
        f"{POD}{{{{ if .Values.a }}}}\nspec: 1\n{{{{ else }}}}\nspec: 2\n{{{{ end }}}}\n",
        f"{POD}a: b: c\n",
        "kind: {{ .Values.kind }}\nmetadata: {name: a}\n",
    ):
        assert read_written(text.encode(), path="a.yaml") == []


def test_an_element_of_a_condition_is_one_that_is_not_known() -> None:
    text = f"{POD}spec:\n  containers:\n  - name: a\n  {{{{- if .Values.b }}}}\n  - name: b\n    image: c\n  {{{{- end }}}}\n"
    (found,) = read_written(text.encode(), path="a.yaml")
    first, second = map(mapping_of, list_of(found.spec["containers"]))
    assert first == {"name": "a"}
    assert {"name": "b", "image": "c"}.items() < second.items()
    assert HOLE in second.values()


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (
        lambda: read_written(text.encode("utf-8", "replace"), path="a.yaml"),
        lambda: list(read_output(text)),
        lambda: soften(text),
    ):
        try:
            found = read()
        except FormatError:
            continue
        assert isinstance(found, (list, str))


def test_output_is_told_by_its_template_and_tests_are_left_out() -> None:
    test = POD.replace("{name: a}", '{name: t, annotations: {helm.sh/hook: "test"}}')
    text = f"---\n# Source: shop/templates/a.yaml\n{POD}---\n# Source: shop/charts/b/templates/b.yaml\n{POD}"
    found = list(read_output(f"{text}---\n# Source: shop/templates/t.yaml\n{test}"))
    assert [one.path for one in found] == ["templates/a.yaml", "charts/b/templates/b.yaml"]
    assert not any(map(is_test, found))


def test_what_is_required_is_filled_in_and_nothing_fails() -> None:
    assert (
        soften('{{ required "a (b)" .Values.c }}') == f'{{{{ default "{FILLED_IN}" .Values.c }}}}'
    )
    piped = soften('{{ .Values.c | required (printf "%s" "x") | b64enc }}')
    assert piped == f'{{{{ .Values.c | default "{FILLED_IN}" | b64enc }}}}'
    assert soften('{{- fail "no" }}') == '{{- trunc 0 "no" }}'
    assert soften("required: fail") == "required: fail"
