"""Answers of a year's respondents: who is asked, who is in the base, who is positive, which option they tick.

Belongs here: exact selection by rank. Each respondent has a latent value (effects plus logistic noise) and the highest
are taken, so totals are met to the unit while the effects survive. Does not belong here: where totals and effects come
from, files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.examples import assumptions as a
from orchestration.examples.draws import Flags, Floats, Ints, highest, logistic_noise, random_stream
from orchestration.examples.effects import (
    Standpoint,
    answer_effects,
    base_effects,
    choose_all_positive,
    find_standpoints,
)
from orchestration.examples.errors import ExampleError
from orchestration.examples.people import ETHNIC_GROUPS, People
from orchestration.examples.places import Places
from orchestration.examples.plan import Question, ReturnPlan, Route
from orchestration.examples.targets import QuestionTotals, Totals, rating_counts

MISSING = -1
Codes = NDArray[np.int16]
# Of those asked to follow up, the fewest excluded or missing answers that any follow-up question leaves.
_ANSWERED_SHARE = 0.985
_EASY_SCORE = 93.0  # questions nearly all are positive about carry the planted all-positive cells


@dataclass
class Answers:
    """Answers by source column, (n,) each, MISSING where there is none; and what was done on purpose."""

    columns: dict[str, Codes]
    n_unrouted: int  # answers that the routing should have skipped


@dataclass(frozen=True)
class _Sheet:
    """What the answering of one question needs to know."""

    plan: ReturnPlan
    people: People
    places: Places
    standpoint: Standpoint
    strata: tuple[Flags, Flags]  # with every covariate, without
    totals: dict[str, QuestionTotals]
    all_positive: dict[str, tuple[int, ...]]


def answer_questionnaire(
    plan: ReturnPlan, people: People, places: Places, totals: dict[str, QuestionTotals]
) -> Answers:
    """Every answer of `people` (useable respondents only). Totals by stratum are met exactly.

    Raises ExampleError where routing leaves fewer respondents than a base needs.
    """
    easy = [item.concept_id for item in plan.scored() if plan.references.score(item.concept_id) > _EASY_SCORE]
    complete = people.is_complete
    sheet = _Sheet(
        plan=plan,
        people=people,
        places=places,
        standpoint=find_standpoints(people, places, random_stream(plan.seed, plan.survey_year, "halo")),
        strata=(complete, ~complete),
        totals=totals,
        all_positive=choose_all_positive(plan.seed, places, sorted(easy)),
    )
    answers: dict[str, Codes] = {}
    skipped: dict[str, Flags] = {}
    columns: dict[str, Codes] = {}
    for question in plan.questions:
        asked = ~skipped.get(question.question_id, np.zeros(len(people), dtype=bool))
        rng = random_stream(plan.seed, plan.survey_year, "question", question.concept_id)
        if question.kind == "multiple":
            columns |= _tick_boxes(rng, question, len(people))
            continue
        codes = _answer_question(sheet, question, rng, asked)
        answers[question.question_id] = columns[question.columns[0]] = codes
        for route in plan.routes_from(question.question_id):
            leaves_out = ~asked | np.isin(codes, route.skip_codes)
            for follow_up in route.skipped_question_ids:
                skipped[follow_up] = skipped.get(follow_up, np.zeros(len(people), dtype=bool)) | leaves_out
    return Answers(columns, _answer_unrouted(plan, answers))


def _answer_question(sheet: _Sheet, question: Question, rng: np.random.Generator, asked: Flags) -> Codes:
    if question.question_id in sheet.totals:
        return _answer_scored(sheet, question, rng, asked)
    routes = sheet.plan.routes_from(question.question_id)
    if routes:
        return _answer_routing(sheet, question, routes[0], rng, asked)
    return _answer_group(sheet, question, rng, asked)


def _answer_scored(sheet: _Sheet, question: Question, rng: np.random.Generator, asked: Flags) -> Codes:
    """A scored question or the rating: base and positives by rank in each stratum, then one option each."""
    count = len(asked)
    base_value = base_effects(sheet.plan.seed, question.concept_id, sheet.places).of(sheet.standpoint)
    base_value = base_value - sheet.standpoint.halo + logistic_noise(rng, count)
    trusts = sheet.all_positive.get(question.concept_id, ())
    effects = answer_effects(sheet.plan.seed, sheet.plan.survey_year, question.concept_id, sheet.places, trusts)
    value = effects.of(sheet.standpoint) + logistic_noise(rng, count)
    codes = np.full(count, MISSING, dtype=np.int16)
    totals = sheet.totals[question.question_id]
    for stratum, wanted in zip(sheet.strata, (totals.complete, totals.incomplete), strict=True):
        candidates = np.flatnonzero(asked & stratum)
        if wanted.n_base > len(candidates):
            raise ExampleError(
                f"{sheet.plan.survey_year} {question.question_id}: a base of {wanted.n_base:,} is wanted, but the"
                f" routing leaves {len(candidates):,}; check routing_rules.csv and published_scores.csv for this year"
            )
        base = highest(base_value, candidates, wanted.n_base)
        _fill_base(codes, question, rng, base, value, wanted)
        outside = np.setdiff1d(candidates, base, assume_unique=True)
        _leave_base(codes, question, rng, outside, len(candidates))
    return codes


def _fill_base(
    codes: Codes, question: Question, rng: np.random.Generator, base: Ints, value: Floats, wanted: Totals
) -> None:
    """Write the options of those in the base: positive the highest, the rest negative; ratings in order of value."""
    if question.kind == "rating":
        ratings = np.repeat(np.arange(11, dtype=np.int16), rating_counts(wanted.n_base, wanted.n_positive))
        codes[base[np.argsort(value[base], kind="stable")]] = ratings
        return
    positive = highest(value, base, wanted.n_positive)
    codes[base] = _pick(rng, question.codes["negative"], len(base))
    codes[positive] = _pick(rng, question.codes["positive"], len(positive))


def _leave_base(codes: Codes, question: Question, rng: np.random.Generator, outside: Ints, n_asked: int) -> None:
    """Those asked but not in the base: an excluded option, or no answer (everybody, where nothing can be excluded)."""
    excluded = question.codes.get("excluded", ())
    if excluded and len(outside):
        n_missing = min(len(outside) // 2, round(a.MISSING_ANSWER_SHARE * n_asked))
        answering = np.sort(rng.permutation(outside)[n_missing:])
        codes[answering] = _pick(rng, excluded, len(answering))


def _answer_routing(sheet: _Sheet, question: Question, route: Route, rng: np.random.Generator, asked: Flags) -> Codes:
    """A routing question: those likeliest to have had the treatment are asked on, just more than the bases need."""
    value = base_effects(sheet.plan.seed, question.concept_id, sheet.places).of(sheet.standpoint)
    value = value - sheet.standpoint.halo + logistic_noise(rng, len(asked))
    codes = np.full(len(asked), MISSING, dtype=np.int16)
    others = tuple(code for code in question.all_codes if code not in route.skip_codes)
    for number, stratum in enumerate(sheet.strata):
        candidates = np.flatnonzero(asked & stratum)
        wanted = min(len(candidates), _needed(sheet, question.question_id, number))
        asked_on = highest(value, candidates, wanted)
        codes[candidates] = _pick(rng, tuple(route.skip_codes), len(candidates))
        codes[asked_on] = _pick(rng, others, len(asked_on))
    # A few leave the routing question blank; nothing is skipped for them, and what they answer afterwards counts.
    blank = rng.random(len(asked)) < 0.3 * a.MISSING_ANSWER_SHARE
    codes[blank & np.isin(codes, others)] = MISSING
    return codes


def _needed(sheet: _Sheet, question_id: str, stratum: int) -> int:
    """How many must be asked on after this question so that every follow-up base can be filled."""
    totals = sheet.totals.get(question_id)
    own = 0 if totals is None else (totals.complete, totals.incomplete)[stratum].n_base
    follow_ups = {name for route in sheet.plan.routes_from(question_id) for name in route.skipped_question_ids}
    most = max((_needed(sheet, name, stratum) for name in follow_ups), default=0)
    return max(own, math.ceil(most / _ANSWERED_SHARE))


def _answer_group(sheet: _Sheet, question: Question, rng: np.random.Generator, asked: Flags) -> Codes:
    """A question about the patient: as known where the sample knows it, else the first options most often."""
    known = {"sex_as_answered": _sex_codes, "ethnic_group_as_answered": _ethnic_codes}.get(question.concept_id)
    if known is not None:
        codes = known(question, sheet.people)
    else:
        codes = _pick(rng, question.all_codes, len(asked), a.GROUP_OPTION.get(question.concept_id, a.NEXT_OPTION))
    missing = ~asked | (rng.random(len(asked)) < 1.5 * a.MISSING_ANSWER_SHARE)
    return np.where(missing, np.int16(MISSING), codes)


def _sex_codes(question: Question, people: People) -> Codes:
    by_label = {label.lower(): code for code, label in question.labels.items()}
    return np.where(people.is_male, by_label["male"], by_label["female"]).astype(np.int16)


def _ethnic_codes(question: Question, people: People) -> Codes:
    """The first option whose label begins with the person's ethnic group; the last option is `other`."""
    first = {
        group: next((code for code, label in question.labels.items() if label.lower().startswith(group)), None)
        for group in ETHNIC_GROUPS
    }
    codes = [code if (code := first[group]) is not None else max(question.labels) for group in ETHNIC_GROUPS]
    return np.array(codes, dtype=np.int16)[people.ethnic]


def _tick_boxes(rng: np.random.Generator, question: Question, count: int) -> dict[str, Codes]:
    """A question with several answers: 1 in the column of each option ticked, 0 elsewhere, all missing if left out."""
    left_out = rng.random(count) < 2 * a.MISSING_ANSWER_SHARE
    none_of_them = rng.random(count) < 0.4
    ticked: dict[str, Codes] = {}
    for column in question.columns:
        is_last = column == question.columns[-1]
        marked = none_of_them if is_last else ~none_of_them & (rng.random(count) < 0.22)
        ticked[column] = np.where(left_out, MISSING, marked).astype(np.int16)
    return ticked


def _pick(rng: np.random.Generator, options: tuple[int, ...], count: int, next_option: float = a.NEXT_OPTION) -> Codes:
    """One option each, (count,): the first most often, each further one less by the factor `next_option`."""
    if len(options) == 1:
        return np.full(count, options[0], dtype=np.int16)
    cumulative = np.cumsum(next_option ** np.arange(len(options)))
    return np.array(options, dtype=np.int16)[
        np.searchsorted(cumulative / cumulative[-1], rng.random(count), side="right")
    ]


def _answer_unrouted(plan: ReturnPlan, answers: dict[str, Codes]) -> int:
    """Give some respondents an answer to what their routing answer lets them skip, in place; how many answers."""
    rng = random_stream(plan.seed, plan.survey_year, "unrouted")
    routing = {route.routing_question_id for route in plan.routes}
    people_each = max(1, plan.scale(a.UNROUTED_ANSWERS) or 0) // max(1, len(plan.routes)) + 1
    n_answers = 0
    for route in plan.routes:
        # A routing question answered out of turn would decide about others: only questions that route nobody.
        follow_ups = [name for name in route.skipped_question_ids if name not in routing]
        skippers = np.flatnonzero(np.isin(answers[route.routing_question_id], route.skip_codes))
        for person in rng.permutation(skippers)[:people_each]:
            for name in follow_ups[:2]:
                question = plan.question(name)
                n_answers += int(answers[name][person] == MISSING)
                answers[name][person] = rng.choice(question.all_codes)
    return n_answers
