"""How content each person is with what each question asks about: effects of trust, residence and patient group.

Belongs here: the expected side of an answer, in logits. Does not belong here: luck, totals, option codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.examples import assumptions as a
from orchestration.examples.draws import Floats, Ints, random_stream
from orchestration.examples.people import TUMOURS, People
from orchestration.examples.places import Places

_DRIFT_ORIGIN = 2015  # trusts wander from here, so that a year's effects do not depend on which years are made
_SHAPE = (len(TUMOURS), len(a.SEX_EFFECT), len(a.AGE_EFFECT), len(a.ETHNIC_EFFECT), len(a.IMD_EFFECT))
_ALL_POSITIVE = 7.0  # logits: one answer in a thousand would still be negative


@dataclass(frozen=True)
class Standpoint:
    """The groups of each respondent: indices into the effects, (n,) each."""

    trust: Ints
    ccg: Ints  # the last index means no CCG
    pattern: Ints  # flattened tumour x sex x age x ethnic group x deprivation
    halo: Floats


def find_standpoints(people: People, places: Places, rng: np.random.Generator) -> Standpoint:
    """The standpoints of `people`, with a contentment of their own that colours all their answers."""
    cells = (people.tumour, people.is_male.astype(np.int64), people.age_group, people.ethnic, people.imd)
    return Standpoint(
        trust=people.trust,
        ccg=np.where(people.ccg < 0, len(places.ccg_codes), people.ccg),
        pattern=np.ravel_multi_index(cells, _SHAPE),
        halo=a.HALO * rng.standard_normal(len(people)),
    )


@dataclass(frozen=True)
class Effects:
    """Effects of one question and survey year."""

    trust: Floats
    ccg: Floats
    pattern: Floats

    def of(self, standpoint: Standpoint) -> Floats:
        """Expected logit of each respondent, (n,), its own halo included."""
        return np.asarray(
            self.trust[standpoint.trust]
            + self.ccg[standpoint.ccg]
            + self.pattern[standpoint.pattern]
            + standpoint.halo,
            dtype=np.float64,
        )


def answer_effects(
    seed: int, survey_year: int, concept_id: str, places: Places, all_positive: tuple[int, ...] = ()
) -> Effects:
    """Effects on a positive answer; trusts in `all_positive` have nothing but positive answers."""
    rng = random_stream(seed, "answer", concept_id)
    n_trusts, n_ccgs = len(places.trust_codes), len(places.ccg_codes)
    # The halo of persons flattens what is seen of an effect: the spread is raised by as much (logistic variance pi2/3).
    spread = a.TRUST_SPREAD.get(concept_id, a.TRUST_SPREAD_DEFAULT) * np.sqrt(1 + a.HALO**2 * 3 / np.pi**2)
    # Part of what sets a trust apart is common to all its scores.
    common = _wander(seed, survey_year, "any question", n_trusts)
    trust = spread * (0.5 * common + 0.866 * _wander(seed, survey_year, concept_id, n_trusts))
    trust[list(all_positive)] = _ALL_POSITIVE
    ccg = np.append(a.CCG_SPREAD * rng.standard_normal(n_ccgs), 0.0)
    contentment = [a.PATIENTS[name].contentment for name in TUMOURS]
    general = (contentment, a.SEX_EFFECT, a.AGE_EFFECT, a.ETHNIC_EFFECT, a.IMD_EFFECT)
    own = ("tumour_group", "sex", "age_group", "ethnic_group", "imd_quintile")
    parts = [
        np.array(effect) + a.OWN_EFFECT[name] * rng.standard_normal(len(effect))
        for effect, name in zip(general, own, strict=True)
    ]
    return Effects(trust, ccg, _add_up(parts))


def base_effects(seed: int, concept_id: str, places: Places) -> Effects:
    """Effects on being asked and answering at all: treatment, need, and a little by tumour group and age."""
    rng = random_stream(seed, "base", concept_id)
    own_tumour = 0.25 * rng.standard_normal(len(TUMOURS))
    own_age = 0.12 * rng.standard_normal(len(a.AGE_EFFECT))
    if concept_id in a.TREATED:
        share = np.array(a.TREATED[concept_id])
        own_tumour = np.log(share / (1 - share))
    younger = np.arange(len(a.AGE_EFFECT)) < 5
    need = a.YOUNGER_NEED.get(concept_id, 0.0) * younger
    parts = [own_tumour, np.zeros(2), own_age + need, np.zeros(len(a.ETHNIC_EFFECT)), np.zeros(len(a.IMD_EFFECT))]
    trust = a.TREATED_TRUST_SPREAD.get(concept_id, 0.1) * rng.standard_normal(len(places.trust_codes))
    return Effects(trust, np.zeros(len(places.ccg_codes) + 1), _add_up(parts))


def choose_all_positive(seed: int, places: Places, concepts: list[str]) -> dict[str, tuple[int, ...]]:
    """Trust indices by concept whose answers are all positive: smaller trusts, on the questions most say yes to."""
    relative = places.trust_share * len(places.trust_share)
    small = np.flatnonzero((relative > 0.1) & (relative < 0.45))
    chosen: dict[str, tuple[int, ...]] = {}
    if concepts and len(small):
        rng = random_stream(seed, "all positive")
        for number in range(a.ALL_POSITIVE_CELLS):
            concept = concepts[number % len(concepts)]
            chosen[concept] = (*chosen.get(concept, ()), int(rng.choice(small)))
    return chosen


def _add_up(parts: list[Floats]) -> Floats:
    """Sum of one effect a dimension over all combinations, flattened in the order of `_SHAPE`."""
    total = np.zeros(_SHAPE)
    for axis, part in enumerate(parts):
        shape = [1] * len(_SHAPE)
        shape[axis] = len(part)
        total = total + part.reshape(shape)
    return total.ravel()


def _wander(seed: int, survey_year: int, name: str, n_trusts: int) -> Floats:
    """Standard normal effects of trusts that remember the year before (correlation `TRUST_MEMORY`)."""
    effect = random_stream(seed, "trusts", name).standard_normal(n_trusts)
    for year in range(_DRIFT_ORIGIN + 1, survey_year + 1):
        news = random_stream(seed, "trusts", name, year).standard_normal(n_trusts)
        effect = a.TRUST_MEMORY * effect + np.sqrt(1 - a.TRUST_MEMORY**2) * news
    return np.asarray(effect, dtype=np.float64)
