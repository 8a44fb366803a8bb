"""Everyone in a year's sample: where they are treated and live, who they are, what became of their questionnaire.

Belongs here: the sampled persons as arrays of indices. Does not belong here: source codes of a year's files, answers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from orchestration.examples import assumptions as a
from orchestration.examples.draws import Flags, Floats, Ints, apportion, draw_categories, highest, logistic_noise
from orchestration.examples.places import Places

TUMOURS = tuple(a.TUMOUR_GROUPS)
SEXES = ("female", "male")
ETHNIC_GROUPS = ("white", "mixed", "asian", "black", "other")
IMD_QUINTILES = ("1", "2", "3", "4", "5")
N_AGE_GROUPS = len(a.AGE_EFFECT)


@dataclass(frozen=True)
class YearSize:
    """How many persons a year has; every number is met exactly."""

    respondents: int
    incomplete: int  # respondents without all covariates
    unusable: int  # forms returned empty
    response_rate: float

    @property
    def eligible(self) -> int:
        """Persons in the denominator of the response rate."""
        return round(self.respondents / self.response_rate)


@dataclass
class People:
    """Sampled persons; every array has one entry a person, in the order of their record numbers."""

    trust: Ints
    tumour: Ints
    is_male: Flags
    age: Ints
    ccg: Ints  # -1 = no English CCG
    imd: Ints
    ethnic: Ints
    outcome: list[str]  # the outcomes that `outcome_index` points into
    outcome_index: Ints
    has_responded: Flags  # with at least one answer
    is_unusable: Flags  # a form came back without one
    missing: dict[str, Flags]  # by covariate

    def __len__(self) -> int:
        return len(self.trust)

    @property
    def age_group(self) -> Ints:
        """0 = 16 to 24, 1 = 25 to 34, ... 7 = 85 and over."""
        return np.clip((self.age - 15) // 10, 0, N_AGE_GROUPS - 1)

    @property
    def is_complete(self) -> Flags:
        """Every case-mix covariate is there."""
        return np.asarray(~np.any(list(self.missing.values()), axis=0))

    def only(self, chosen: Flags) -> People:
        """Those persons alone, in the same order."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {name: value[chosen] for name, value in arrays.items() if isinstance(value, np.ndarray)}
        missing = {name: flags[chosen] for name, flags in self.missing.items()}
        return People(**(arrays | kept | {"missing": missing}))


def draw_people(rng: np.random.Generator, places: Places, size: YearSize) -> People:
    """A year's sample. Respondents and those of them without all covariates are exactly as many as `size` says."""
    others = {outcome: round(share * size.eligible) for outcome, share in a.NOT_MAILABLE.items()}
    total = size.eligible + sum(others.values())
    trust = rng.permutation(np.repeat(np.arange(len(places.trust_codes)), apportion(total, places.trust_share)))
    people = _draw_patients(rng, places, trust)
    _draw_outcomes(rng, people, size, others)
    _lose_covariates(rng, places, people, size)
    return people


def _draw_patients(rng: np.random.Generator, places: Places, trust: Ints) -> People:
    """Covariates as they truly are: tumour by trust, sex and age by tumour, the rest by residence."""
    count = len(trust)
    tumour = draw_categories(rng, places.tumour_share, trust)
    group = [a.PATIENTS[name] for name in TUMOURS]
    is_male = rng.random(count) >= np.array([patients.female for patients in group])[tumour]
    age_mean = np.array([patients.age_mean for patients in group])[tumour]
    age_spread = np.array([patients.age_spread for patients in group])[tumour]
    age = np.clip(np.rint(age_mean + age_spread * rng.standard_normal(count)), 17, 101).astype(np.int64)
    ccg = draw_categories(rng, places.ccg_flow, trust)
    steps = np.arange(len(IMD_QUINTILES)) - 2
    imd = draw_categories(rng, _shares(np.array(a.IMD_SHARE) * np.exp(-places.ccg_deprivation[:, None] * steps)), ccg)
    minority = places.ccg_diversity[:, None] * np.array(a.MINORITY_SHARE)
    ethnic = draw_categories(rng, np.hstack([1 - places.ccg_diversity[:, None], minority]), ccg)
    ccg = np.where(rng.random(count) < a.NO_CCG_SHARE, -1, ccg)
    never = np.zeros(count, dtype=bool)
    return People(
        trust=trust,
        tumour=tumour,
        is_male=is_male,
        age=age,
        ccg=ccg,
        imd=imd,
        ethnic=ethnic,
        outcome=[],
        outcome_index=np.zeros(count, dtype=np.int64),
        has_responded=never.copy(),
        is_unusable=never.copy(),
        missing={covariate: never.copy() for covariate in a.MISSING_COVARIATE},
    )


def _shares(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


def _draw_outcomes(rng: np.random.Generator, people: People, size: YearSize, others: dict[str, int]) -> None:
    """Outcome codes: first those never in the denominator, then who of the rest returns a form, by propensity."""
    people.outcome = ["not_known", "returned", "opted_out", *others]
    order = rng.permutation(len(people))
    start = 0
    for number, count in enumerate(others.values(), start=3):
        people.outcome_index[order[start : start + count]] = number
        start += count
    eligible = np.sort(order[start:])
    propensity = (
        a.RESPONSE_TRUST_SPREAD * rng.standard_normal(int(people.trust.max()) + 1)[people.trust]
        + np.array(a.AGE_RESPONSE)[people.age_group]
        + np.array(a.ETHNIC_RESPONSE)[people.ethnic]
        + np.array(a.IMD_RESPONSE)[people.imd]
        + logistic_noise(rng, len(people))
    )
    returned = highest(propensity, eligible, size.respondents + size.unusable)
    people.outcome_index[returned] = people.outcome.index("returned")
    people.has_responded[returned] = True
    unusable = rng.choice(returned, size.unusable, replace=False)
    people.has_responded[unusable], people.is_unusable[unusable] = False, True
    silent = eligible[people.outcome_index[eligible] == 0]
    opted_out = rng.choice(silent, round(len(silent) * a.OPTED_OUT_OF_NON_RESPONDENTS), replace=False)
    people.outcome_index[opted_out] = people.outcome.index("opted_out")


def _lose_covariates(rng: np.random.Generator, places: Places, people: People, size: YearSize) -> None:
    """Blank one covariate of exactly `size.incomplete` respondents, by trust, and of others there at the same rate."""
    n_trusts = len(places.trust_codes)
    by_trust = np.bincount(people.trust[people.has_responded], minlength=n_trusts)
    wanted = apportion(size.incomplete, places.covariate_loss, by_trust)
    luck = rng.random(len(people))
    lost = np.zeros(len(people), dtype=bool)
    for trust in np.flatnonzero(wanted):
        there = people.trust == trust
        respondents = np.flatnonzero(there & people.has_responded)
        lost[highest(luck, respondents, int(wanted[trust]))] = True
        lost |= there & ~people.has_responded & (luck < wanted[trust] / by_trust[trust])
    names = list(a.MISSING_COVARIATE)
    cut = np.cumsum(list(a.MISSING_COVARIATE.values()))
    which = np.searchsorted(cut / cut[-1], rng.random(len(people)), side="right")
    for number, name in enumerate(names):
        people.missing[name][lost & (which == number)] = True
    # No English postcode: neither a deprivation quintile nor a CCG.
    people.ccg[people.missing["imd_quintile"]] = -1
