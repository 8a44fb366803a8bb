"""Invented organisations: trusts, CCGs and Cancer Alliances with names, codes, sizes and who is treated where.

Belongs here: what is the same in every survey year. Does not belong here: persons, answers, anything read from a file.
Places and codes are invented so that no example figure can be taken for a real organisation's: real trust codes begin
with R or T, real CCG codes with a digit, real alliance codes with E.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from orchestration.examples.assumptions import SPECIALIST_TRUSTS, TUMOUR_GROUPS
from orchestration.examples.draws import Floats, Ints, random_stream

N_TRUSTS, N_CCGS, N_ALLIANCES = 145, 195, 19

_FIRST = (
    *("Brindle", "Candle", "Cobble", "Dapple", "Ember", "Fennel", "Gosling", "Harebell", "Inkle", "Juniper"),
    *("Kestrel", "Lantern", "Marigold", "Pippin", "Quill", "Saffron", "Tansy", "Umber", "Velvet", "Whimbrel"),
)
_SECOND = (
    *("barrow", "brook", "combe", "croft", "dale", "ford", "garth", "haven", "hithe"),
    *("hollow", "mere", "moor", "stead", "thwaite", "vale", "water", "wick", "worth"),
)
_REGION = ("Fells", "Coast", "Downs", "Wolds", "Marches", "Levels", "Vales")
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Places:
    """Organisations and flows. T trusts, C CCGs, A alliances; indices are positions in the tuples."""

    trust_codes: tuple[str, ...]
    trust_names: tuple[str, ...]
    trust_alliance: Ints  # (T,)
    trust_share: Floats  # (T,) share of all sampled patients, sums to 1
    tumour_share: Floats  # (T, 13) tumour mix of each trust, rows sum to 1
    covariate_loss: Floats  # (T,) weight of the trust in the loss for missing covariates, sums to 1
    ccg_codes: tuple[str, ...]
    ccg_names: tuple[str, ...]
    ccg_alliance: Ints  # (C,)
    ccg_flow: Floats  # (T, C) residence of each trust's patients, rows sum to 1
    ccg_deprivation: Floats  # (C,) above 0 = more deprived than the nation
    ccg_diversity: Floats  # (C,) share of residents who are not white
    alliance_codes: tuple[str, ...]
    alliance_names: tuple[str, ...]


def invent_places(seed: int, n_trusts: int = N_TRUSTS) -> Places:
    """The organisations of every survey year for this seed; CCGs and alliances keep their real ratio to trusts."""
    if not 2 <= n_trusts <= N_TRUSTS:
        raise ValueError(f"trusts must lie between 2 and {N_TRUSTS}, got {n_trusts}; the invented names end there")
    rng = random_stream(seed, "places")
    n_ccgs = max(3, round(n_trusts * N_CCGS / N_TRUSTS))
    n_alliances = max(2, round(n_trusts * N_ALLIANCES / N_TRUSTS))
    towns = rng.permutation(np.array([first + second for first in _FIRST for second in _SECOND]))
    regions = rng.permutation(np.array(_FIRST))[:n_alliances]
    centres = rng.random((n_alliances, 2))
    alliance_size = np.exp(0.45 * rng.standard_normal(n_alliances))
    ccg_alliance = _spread(n_ccgs, alliance_size)
    trust_alliance = _spread(n_trusts, alliance_size)
    ccg_place = centres[ccg_alliance] + 0.09 * rng.standard_normal((n_ccgs, 2))
    trust_place = centres[trust_alliance] + 0.07 * rng.standard_normal((n_trusts, 2))
    trust_share = _heavy_tailed_shares(rng, n_trusts, 0.62)
    special = _make_specialists(rng, trust_share)
    reach = np.where(np.isin(np.arange(n_trusts), list(special)), 0.20, 0.045)
    flow = _flows(trust_place, ccg_place, reach, trust_share, _heavy_tailed_shares(rng, n_ccgs, 0.58))
    return Places(
        trust_codes=_codes("X", n_trusts),
        trust_names=_trust_names(towns[:n_trusts].tolist(), special),
        trust_alliance=trust_alliance,
        trust_share=trust_share,
        tumour_share=_tumour_shares(rng, n_trusts, special),
        covariate_loss=_covariate_loss(rng, trust_share),
        ccg_codes=_codes("Y", n_ccgs),
        ccg_names=tuple(f"{town} CCG (example)" for town in towns[n_trusts : n_trusts + n_ccgs]),
        ccg_alliance=ccg_alliance,
        ccg_flow=flow,
        ccg_deprivation=0.35 * rng.standard_normal(n_ccgs),
        ccg_diversity=np.minimum(0.5, 0.045 * np.exp(0.95 * rng.standard_normal(n_ccgs))),
        alliance_codes=tuple(f"X560000{number:02d}" for number in range(1, n_alliances + 1)),
        alliance_names=_alliance_names(regions.tolist()),
    )


def _trust_names(towns: list[str], special: dict[int, dict[str, float]]) -> tuple[str, ...]:
    kinds = ("Cancer Centre" if index in special else "Hospitals" for index in range(len(towns)))
    return tuple(f"{town} {kind} (example)" for town, kind in zip(towns, kinds, strict=True))


def _alliance_names(regions: list[str]) -> tuple[str, ...]:
    kinds = (_REGION[index % len(_REGION)] for index in range(len(regions)))
    return tuple(f"{name} {kind} Cancer Alliance (example)" for name, kind in zip(regions, kinds, strict=True))


def _codes(letter: str, count: int) -> tuple[str, ...]:
    """Three-character codes: a fixed letter, a letter, a digit."""
    return tuple(f"{letter}{_CODE_LETTERS[number // 10]}{number % 10}" for number in range(count))


def _spread(count: int, weights: Floats) -> Ints:
    """`count` members over parents in proportion to `weights`, every parent having one at least; (count,) parents."""
    extra = np.searchsorted(
        np.cumsum(weights) / weights.sum(), (np.arange(count - len(weights)) + 0.5) / max(1, count - len(weights))
    )
    return np.sort(np.concatenate([np.arange(len(weights)), extra])).astype(np.int64)


def _heavy_tailed_shares(rng: np.random.Generator, count: int, spread: float) -> Floats:
    """Log-normal shares in random order, without the luck of a single draw: equally spaced quantiles, shuffled."""
    normal = NormalDist(sigma=spread)
    shares = np.exp([normal.inv_cdf((number + 0.5) / count) for number in range(count)])
    return np.asarray(rng.permutation(shares / shares.sum()), dtype=np.float64)


def _make_specialists(rng: np.random.Generator, trust_share: Floats) -> dict[int, dict[str, float]]:
    """Tumour groups of the specialist trusts, by trust; their sizes are set in `trust_share`. About one trust in 18."""
    n_trusts = len(trust_share)
    chosen = rng.permutation(n_trusts)[: min(len(SPECIALIST_TRUSTS), n_trusts // 18)]
    special = {}
    for index, (size, groups) in zip(chosen, SPECIALIST_TRUSTS, strict=False):
        trust_share[index] = size / n_trusts
        special[int(index)] = groups
    trust_share /= trust_share.sum()
    return special


def _tumour_shares(rng: np.random.Generator, n_trusts: int, special: dict[int, dict[str, float]]) -> Floats:
    """Tumour mix of each trust around the national one; specialists have nearly all patients in few groups."""
    national = np.array(list(TUMOUR_GROUPS.values()))
    shares: Floats = national * np.exp(0.35 * rng.standard_normal((n_trusts, len(national))))
    for index, groups in special.items():
        shares[index] = [0.0005 + groups.get(group, 0.0) for group in TUMOUR_GROUPS]
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)


def _flows(trust_place: Floats, ccg_place: Floats, reach: Floats, trust_share: Floats, ccg_share: Floats) -> Floats:
    """Residence by trust: nearby CCGs mostly, balanced so that the CCG totals follow `ccg_share`; (T, C) row shares."""
    distance = np.sqrt(((trust_place[:, None, :] - ccg_place[None, :, :]) ** 2).sum(axis=2))
    flow = np.exp(-distance / reach[:, None]) + 1e-7
    for _ in range(30):  # iterative proportional fitting; rows last, so that rows are exact
        flow *= ccg_share / flow.sum(axis=0)
        flow *= (trust_share / flow.sum(axis=1))[:, None]
    return np.asarray(flow / flow.sum(axis=1, keepdims=True), dtype=np.float64)


def _covariate_loss(rng: np.random.Generator, trust_share: Floats) -> Floats:
    """Weights of the loss for missing covariates: as in 2018, most trusts lose nobody and one in fifteen has 86% of it.

    One trust loses about 19% of its respondents and one 11%; with a national loss of 0.6% that fixes their sizes.
    """
    n_trusts = len(trust_share)
    n_heavy, n_light = max(2, round(n_trusts * 5 / 73)), max(1, round(n_trusts * 11 / 73))
    first = int(np.argmin(np.abs(trust_share - 0.34 * 0.006 / 0.19)))
    second = int(np.argmin(np.where(np.arange(n_trusts) == first, np.inf, np.abs(trust_share - 0.14 * 0.006 / 0.11))))
    rest = [int(index) for index in rng.permutation(n_trusts) if index not in (first, second)]
    weights = np.zeros(n_trusts)
    weights[first], weights[second] = 0.34, 0.14
    heavy, light = rest[: n_heavy - 2], rest[n_heavy - 2 : n_heavy - 2 + n_light]
    for group, total in ((heavy, 0.38), (light, 0.14)):
        weights[group] = total * trust_share[group] / trust_share[group].sum() if group else 0.0
    return np.asarray(weights / weights.sum(), dtype=np.float64)
