"""Random streams and exact draws: the arithmetic that makes totals exact.

Belongs here: functions on arrays that know nothing of the survey. Does not belong here: any assumption about patients.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def random_stream(seed: int, *names: str | int) -> np.random.Generator:
    """An independent stream for each (seed, names): adding a question or a year moves no other draw."""
    key = [zlib.crc32(name.encode()) if isinstance(name, str) else name for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *key])))


def logistic_noise(rng: np.random.Generator, count: int) -> Floats:
    """Standard logistic draws, (count,): a cut through `effect + noise` is a logistic regression on the effects."""
    share = rng.random(count)
    np.clip(share, 1e-12, 1 - 1e-12, out=share)
    return np.asarray(np.log(share / (1 - share)), dtype=np.float64)


def highest(values: Floats, candidates: Ints, count: int) -> Ints:
    """The `count` candidates (indices into `values`) with the highest values, in ascending index order."""
    if not 0 <= count <= len(candidates):
        raise ValueError(f"{count:,} of {len(candidates):,} candidates were asked for")
    if count == 0:
        return candidates[:0]
    chosen = np.argpartition(values[candidates], len(candidates) - count)[len(candidates) - count :]
    return np.sort(candidates[chosen])


def apportion(total: int, weights: Floats, caps: Ints | None = None) -> Ints:
    """`total` split into whole numbers in proportion to `weights` (largest remainders), none above its cap.

    Raises ValueError when the caps leave no room.
    """
    room = np.full(len(weights), total, dtype=np.int64) if caps is None else caps.astype(np.int64)
    if room.sum() < total:
        raise ValueError(f"no room for {total:,} in caps of {int(room.sum()):,}")
    # Members with no weight take part only when the others are full.
    weights = np.where(weights > 0, weights, 1e-12)
    quota, is_full = np.zeros(len(weights)), np.zeros(len(weights), dtype=bool)
    while True:
        is_open = ~is_full
        quota[is_open] = (total - room[is_full].sum()) * weights[is_open] / max(weights[is_open].sum(), 1e-300)
        over = is_open & (quota > room)
        if not over.any():
            break
        is_full |= over
        quota[is_full] = room[is_full]
    parts = np.floor(quota).astype(np.int64)
    while (left := total - int(parts.sum())) > 0:
        order = np.argsort(np.where(parts < room, parts - quota, np.inf), kind="stable")
        parts[order[: min(left, int((parts < room).sum()))]] += 1
    return parts


def draw_categories(rng: np.random.Generator, shares: Floats, rows: Ints) -> Ints:
    """One category a row of `rows` (indices into the first axis of `shares`, whose rows sum to 1); (len(rows),)."""
    cumulative = np.cumsum(shares, axis=1)
    cumulative /= cumulative[:, -1:]
    offset = cumulative + np.arange(len(shares))[:, None]
    drawn = np.searchsorted(offset.ravel(), rng.random(len(rows)) + rows, side="right")
    return np.asarray(np.minimum(drawn - rows * shares.shape[1], shares.shape[1] - 1), dtype=np.int64)
