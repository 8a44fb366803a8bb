"""A code list that seems to have been turned round or renumbered, seen only in how often each code was given.

Belongs here: the suspicion. Does not belong here: any use of it. A distribution can turn round for other reasons, so
the suspected codes are said to a person and never applied: answers read by the old list then stand out in the checks of
a load, while a wrong guess would hide there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

from orchestration.intake.proposal.evidence import Question

# Below this distance (and this many standard errors) years differ by themselves.
_DISTANCE, _STANDARD_ERRORS = 0.1, 3.0
# The other order must explain at least this share of the distance.
_EXPLAINED = 0.7
_MINIMUM_ANSWERS = 50


@dataclass(frozen=True)
class Suspicion:
    """New code to old code as the answers suggest; likeness (0 to 1) of the answers by the same and by these codes."""

    codes: dict[int, int]
    as_coded: float
    if_recoded: float

    def words(self) -> str:
        """The suspicion for a reviewer."""
        pairs = ", ".join(f"{new} was {old}" for new, old in sorted(self.codes.items()) if new != old)
        return (
            f"distribution turned round: recoded? answers {self.as_coded:.0%} alike by the same codes, "
            f"{self.if_recoded:.0%} if {pairs}"
        )


def suspect_recoding(new: Question, old: Question) -> Suspicion | None:
    """Whether another order of the codes explains the answers far better; None where labels tell or nothing stands out.

    Tried are the codes turned round (all, or the first ones with the last left, which often mean "don't know") and,
    where as many other numbers were given, the numbers in the same order and in the opposite one.
    """
    n_new, n_old = sum(new.counts.values()), sum(old.counts.values())
    if new.labels or new.is_multiple or old.is_multiple or min(n_new, n_old) < _MINIMUM_ANSWERS:
        return None
    as_coded = _distance(new.shares, old.shares, {})
    error = 0.4 * sum(sqrt(p * (1 - p) * (1 / n_new + 1 / n_old)) for p in old.shares.values())
    if as_coded < _DISTANCE + _STANDARD_ERRORS * error:
        return None
    tried = [(_distance(new.shares, old.shares, codes), codes) for codes in _orders(new, old)]
    distance, codes = min(tried, key=lambda found: found[0], default=(1.0, {}))
    if distance > (1 - _EXPLAINED) * as_coded:
        return None
    return Suspicion(codes, 1 - as_coded, 1 - distance)


def _orders(new: Question, old: Question) -> Iterator[dict[int, int]]:
    given, before = sorted(new.counts), sorted(old.counts)
    if set(given) <= set(before) or set(before) <= set(given):
        codes = sorted({*given, *before})
        for length in range(2, len(codes) + 1):
            turned = [*codes[:length][::-1], *codes[length:]]
            yield dict(zip(codes, turned, strict=True))
    elif len(given) == len(before):
        yield dict(zip(given, before, strict=True))
        yield dict(zip(given, before[::-1], strict=True))


def _distance(new: Mapping[int, float], old: Mapping[int, float], codes: Mapping[int, int]) -> float:
    """Total variation distance (0 to 1) of two distributions, the new one read by other codes."""
    read = {codes.get(code, code): share for code, share in new.items()}
    return sum(abs(read.get(code, 0.0) - old.get(code, 0.0)) for code in {*read, *old}) / 2
