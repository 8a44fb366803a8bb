"""NHS numbers as written in a return: which can be one, and which stand for the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from orchestration.intake.landing.counts import INVALID, NOT_GIVEN, read_nhs_numbers


def read(*texts: str | None) -> list[int]:
    return np.asarray(read_nhs_numbers(pa.array(texts, pa.string()))).tolist()


@pytest.mark.parametrize(
    "text", ["9434765919", "943 476 5919", "943-476-5919", " 94 34 76 59 19 ", "943\u2011476\u20135919"]
)
def test_spaces_and_hyphens_are_left_out(text: str) -> None:
    assert read(text) == [9434765919]


@pytest.mark.parametrize("text", [None, "", " ", "-", " - "])
def test_what_is_blank_is_not_given(text: str | None) -> None:
    assert read(text) == [NOT_GIVEN]


@pytest.mark.parametrize(
    "text",
    [
        "9434765918",  # another check digit
        "9434756919",  # two digits exchanged
        "943476591",
        "94347659190",
        "943476591X",
        "943476591\u0669",  # a digit of another script
        "9.434765919E9",
        "+943476591",
        "unknown",
        "1234567890",
    ],
)
def test_what_cannot_be_one_is_invalid(text: str) -> None:
    assert read(text) == [INVALID]


def test_a_remainder_that_no_digit_checks() -> None:
    """The weights of 100000001 leave 10 to be checked, so no tenth digit is right; those of 000000000 leave none."""
    assert read(*(f"100000001{digit}" for digit in range(10))) == [INVALID] * 10
    assert read("0000000000", "9999999999") == [0, 9999999999]


def test_each_text_stands_for_itself() -> None:
    assert read("bad", "943 476 5919", None, "9434765919") == [INVALID, 9434765919, NOT_GIVEN, 9434765919]
    assert read() == []


def test_the_check_digit_is_the_one_of_the_rule() -> None:
    """Against the rule as published: 11 less the remainder of the nine, 11 counts as 0, and 10 checks nothing."""
    numbers = np.random.default_rng(3).integers(0, 10**10, 2_000)
    for number, found in zip(numbers, read(*(f"{number:010d}" for number in numbers)), strict=True):
        digits = [int(digit) for digit in f"{number:010d}"]
        check = 11 - sum(digit * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
        assert found == (number if (0 if check == 11 else check) == digits[9] else INVALID)
