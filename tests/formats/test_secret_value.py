"""What a generated value looks like."""

from __future__ import annotations

import random

import pytest

from auditor.formats.secrets.secret_value import looks_generated

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"


@pytest.mark.parametrize("seed", range(20))
def test_false_green_a_key_as_django_makes_them_is_generated_whatever_signs_it_holds(
    seed: int,
) -> None:
    draw = random.Random(seed)
    assert looks_generated("".join(draw.choice(ALPHABET) for _ in range(50)))


@pytest.mark.parametrize(
    "text",
    ["get_random_secret_key(length=50, chars=abcdefghijkl)", "x" * 50, "os.environ.get(secret_key_of_the_application_a)"],
)  # fmt: skip
def test_program_text_of_that_length_is_not(text: str) -> None:
    assert not looks_generated(text)
