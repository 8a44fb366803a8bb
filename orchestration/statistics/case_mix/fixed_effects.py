"""Models with organisation fixed effects on counts: logistic by Newton's method, linear in one step.

Each organisation's effect is eliminated from the normal equations (a diagonal block), so that the system to be solved
has the size of the covariates alone, whatever the number of organisations. A model without organisation effects is one
with a single organisation.

Belongs here: estimation. Does not belong here: what is done with the estimates (`question_models`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.design import Cells
from orchestration.statistics.case_mix.normal_equations import (
    Separation,
    System,
    build_system,
    count_separation,
    drop_aliased,
    inverse,
    is_recession,
    solve,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MAX_ITERATIONS = 60
# Newton's error is the square of the last step: a step of 1e-6 leaves about 1e-12.
_STEP_TOLERANCE = 1e-6
_LONGEST_STEP = 10.0
# By then an estimate that exists is near; one that does not moves by 1 at every step.
_PATIENCE = 8


@dataclass(frozen=True)
class Fit:
    """Estimates, with all that their covariance needs.

    Free levels have a variance; the largest level of each covariate is 0 by construction.
    """

    organisation_effect: Floats
    """Shape (k,); NaN where infinite or not estimated."""
    level_effect: Floats
    """Shape (L,); NaN where infinite, aliased or without answers."""
    separation: Separation
    aliased: Flags
    """Levels dropped because they are a combination of others, shape (L,)."""
    free: Integers
    """Level numbers whose effects were estimated, shape (K,)."""
    level_covariance: Floats
    """Covariance of the free level effects, shape (K, K), without the residual variance of a linear model."""
    information: Floats
    """Diagonal information of each organisation effect (sum of weights), shape (k,)."""
    mean_levels: Floats
    """Weighted mean of the free level indicators within each organisation, shape (k, K)."""
    residual_variance: float
    """1 for the logistic model; residual sum of squares / (N - parameters) for the linear one."""
    deviance: float
    """-2 log likelihood of the single answers; residual sum of squares for the linear model."""
    fitted: Floats
    """Fitted probability or mean of each cell, shape (cells,)."""
    iterations: int
    is_converged: bool

    @property
    def n_parameters(self) -> int:
        """Finite effects that were estimated."""
        return int(np.isfinite(self.organisation_effect).sum()) + len(self.free)


def _log_likelihood(eta: Floats, n: Floats, positive: Floats) -> tuple[float, Floats]:
    """Binomial log likelihood of the single answers and the probabilities, without overflow."""
    small = np.exp(-np.abs(eta))
    # Sums, not dot products: those are threaded, which costs more than it saves and adds in a varying order.
    value = float(np.sum(positive * eta - n * (np.maximum(eta, 0) + np.log1p(small))))
    return value, np.where(eta >= 0, 1.0, small) / (1 + small)


@dataclass
class _State:
    """The state of Newton's method."""

    alpha: Floats
    beta: Floats
    eta: Floats
    log_likelihood: float
    probability: Floats
    iterations: int = 0
    is_converged: bool = False
    recession: tuple[Floats, Floats] | None = None
    """Direction (organisations (k,), free levels (K,)) in which the likelihood rises for ever, scaled to 1."""


def _newton(system: System, n: Floats, positive: Floats, start: Floats | None) -> _State:
    """Maximise the likelihood, halving a step that lowers it, until nothing moves or a way to infinity is seen."""
    seen = system.per_organisation(n)
    share = (system.per_organisation(positive) + 0.5) / (seen + 1)
    alpha = np.where(seen > 0, np.log(share / (1 - share)), 0.0)
    beta = np.zeros(len(system.free)) if start is None else np.nan_to_num(start[system.free])
    effect = system.pattern_effect(beta)
    # What the effects add on average is in the share already.
    alpha = alpha - system.per_organisation(n * effect) / np.where(seen > 0, seen, 1.0)
    value, probability = _log_likelihood(eta := alpha[system.organisation] + effect, n, positive)
    state = _State(alpha, beta, eta, value, probability)
    for state.iterations in range(1, _MAX_ITERATIONS + 1):
        weights = n * state.probability * (1 - state.probability)
        residual = positive - n * state.probability
        information, means, schur = system.eliminate(weights)
        score_org = system.per_organisation(residual)
        score = system.per_level(residual) - means.T @ score_org
        d_beta = solve(schur, score)
        d_alpha = (
            np.where(information > 0, score_org / np.where(information > 0, information, 1.0), 0.0) - means @ d_beta
        )
        d_eta = d_alpha[system.organisation] + system.pattern_effect(d_beta)
        furthest = float(np.max(np.abs(d_eta), initial=0.0))
        if state.iterations > _PATIENCE and furthest > 0.3 and is_recession(d_eta / furthest, n, positive):
            state.recession = d_alpha / furthest, d_beta / furthest
            break
        length, before = min(1.0, _LONGEST_STEP / max(furthest, 1e-300)), state.log_likelihood
        while True:
            eta = state.eta + length * d_eta
            value, probability = _log_likelihood(eta, n, positive)
            if value >= before - 1e-9 * abs(before) or length < 1e-4:
                break
            length /= 2
        state.alpha, state.beta = state.alpha + length * d_alpha, state.beta + length * d_beta
        state.eta, state.log_likelihood, state.probability = eta, value, probability
        if furthest < _STEP_TOLERANCE:
            state.is_converged = True
            break
    return state


def fit_logistic(cells: Cells, start: Floats | None = None) -> Fit:
    """Logistic regression with organisation effects: logit P = a_org + x'b, by maximum likelihood.

    `start`: level effects (L,) of a similar model, from which Newton's method gets there sooner; NaN counts as 0.
    Infinite effects (an organisation or a covariate level all positive or all negative: by counting; a combination:
    when the fit moves for ever) are left out; they are reported, never estimated. Aliased levels are dropped and
    reported. A fit without any information has
    no free level and NaN effects. `deviance` counts perfectly predicted answers as 0, as it is.
    """
    separation = count_separation(cells)
    while True:
        active = separation.active
        n, positive = cells.n[active], cells.total[active]
        system, aliased = drop_aliased(build_system(cells, active), n)
        state = _newton(system, n, positive, start)
        if state.recession is None:
            break
        level = np.zeros(cells.n_levels)
        level[system.free] = state.recession[1]
        separation = count_separation(cells, separation.extend(cells, state.recession[0], level))
    weights = n * state.probability * (1 - state.probability)
    information, means, schur = system.eliminate(weights)
    fitted = np.full(len(cells.n), np.nan)
    fitted[active] = state.probability
    gone = ~active & (cells.n > 0)
    fitted[gone] = cells.total[gone] / cells.n[gone]
    return Fit(
        organisation_effect=np.where(system.per_organisation(n) > 0, state.alpha, np.nan),
        level_effect=_level_effects(system, state.beta, n),
        separation=separation,
        aliased=_mask(aliased, cells.n_levels),
        free=system.free,
        level_covariance=inverse(schur),
        information=information,
        mean_levels=means,
        residual_variance=1.0,
        deviance=-2 * state.log_likelihood,
        fitted=fitted,
        iterations=state.iterations,
        is_converged=state.is_converged,
    )


def fit_linear(cells: Cells) -> Fit:
    """Linear regression with organisation effects: E y = a_org + x'b, by least squares on sums and sums of squares.

    Residual variance is the residual sum of squares / (N - parameters), NaN where no degree of freedom is left. Raises
    ValueError where `total_squares` is missing.
    """
    if cells.total_squares is None:
        raise ValueError("A linear model needs total_squares (s_<question> of int_case_mix_patterns).")
    active = cells.n > 0
    n, total = cells.n[active], cells.total[active]
    system, aliased = drop_aliased(build_system(cells, active), n)
    information, means, schur = system.eliminate(n)
    totals = system.per_organisation(total)
    score = system.per_level(total) - means.T @ totals
    covariance = inverse(schur)
    beta = solve(schur, score)
    own_mean = totals / np.where(information > 0, information, np.nan)
    alpha = own_mean - means @ beta
    mean = alpha[system.organisation] + system.pattern_effect(beta)
    squares = cells.total_squares[active]
    residual = float(np.sum(squares - 2 * mean * total + n * mean * mean))
    freedom = float(n.sum()) - int((information > 0).sum()) - len(beta)
    fitted = np.full(len(cells.n), np.nan)
    fitted[active] = mean
    none = Separation((), active, cells.n_organisations, cells.n_levels)
    return Fit(
        organisation_effect=alpha,
        level_effect=_level_effects(system, beta, n),
        separation=none,
        aliased=_mask(aliased, cells.n_levels),
        free=system.free,
        level_covariance=covariance,
        information=information,
        mean_levels=means,
        residual_variance=max(residual, 0.0) / freedom if freedom > 0 else np.nan,
        deviance=max(residual, 0.0),
        fitted=fitted,
        iterations=1,
        is_converged=True,
    )


def _mask(levels: Integers, n_levels: int) -> Flags:
    flags = np.zeros(n_levels, dtype=bool)
    flags[levels] = True
    return flags


def _level_effects(system: System, beta: Floats, n: Floats) -> Floats:
    """Effects by level: free ones as estimated, levels with answers otherwise 0, the rest NaN."""
    answers = system.all_levels(n)
    effect = np.where(answers > 0, 0.0, np.nan)
    effect[system.free] = beta
    return effect
