"""Small inline SVG charts of the quality report: no script, no font, no network; every mark has a text beside it.

Belongs here: geometry. Colours come from the page's style sheet by class, the one place for print and contrast.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from orchestration.release.report.inputs import Claim, Movement, ResponseRate

# Limits shown on each side of no change; the figure beside a mark says how far outside it is.
STRIP_REACH = 2.0
_WIDTH = 720
_STRIP_WIDTH = 180
# Two-sided 99.8%, the usual outer limit of a funnel plot.
_Z_OUTER = 3.09


def movement_strip(movement: Movement) -> str:
    """A change as a multiple of its own control limit, so that percentages and the rating have one scale.

    The band is the limit; beyond STRIP_REACH limits the mark is an arrow at the end. The figures are in the same row of
    the table, so the strip is hidden from screen readers. Empty where there is no limit.
    """
    times = movement.times_limit
    if times is None:
        return ""
    middle, unit = _STRIP_WIDTH / 2, (_STRIP_WIDTH / 2 - 10) / STRIP_REACH
    x = middle + max(-STRIP_REACH, min(STRIP_REACH, times)) * unit
    parts = [
        f'<svg class="strip" viewBox="0 0 {_STRIP_WIDTH} 16" aria-hidden="true" focusable="false">',
        f'<rect class="band" x="{middle - unit:.1f}" y="1" width="{2 * unit:.1f}" height="14" rx="2"/>',
        f'<line class="mean" x1="{middle}" x2="{middle}" y1="0" y2="16"/>',
        f'<line class="stem" x1="{middle}" x2="{x:.1f}" y1="8" y2="8"/>',
    ]
    if abs(times) > STRIP_REACH:
        tip = 7 if times > 0 else -7
        parts.append(f'<path class="dot outside" d="M{x:.1f} 3l{tip} 5l{-tip} 5z"/>')
    else:
        parts.append(_mark(x, 8, movement.is_outside))
    return "".join(parts) + "</svg>"


def response_chart(rates: Sequence[ResponseRate]) -> str:
    """Response rate of every trust against its size: a strip of points around the national line."""
    trusts = [rate for rate in rates if rate.level == "trust" and rate.n_eligible > 0]
    national = next((rate.rate for rate in rates if rate.level == "national" and rate.code == "ENG"), None)
    if len(trusts) < 3 or national is None:
        return ""
    left, right, top, bottom = 46, _WIDTH - 16, 12, 196
    largest = max(rate.n_eligible for rate in trusts) * 1.04
    low = max(0.0, min(min(rate.rate for rate in trusts), national) - 0.05)
    high = min(1.0, max(max(rate.rate for rate in trusts), national) + 0.05)

    def across(n: float) -> float:
        return left + n / largest * (right - left)

    def down(rate: float) -> float:
        return bottom - (rate - low) / (high - low) * (bottom - top)

    parts = [_open(236, "Response rate of each trust by number of eligible patients, with 99.8% limits around England")]
    for percent in range(int(low * 100) // 10 * 10, 101, 10):
        if low <= percent / 100 <= high:
            y = down(percent / 100)
            parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text class="tick" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{percent}%</text>')
    for sign in (-1, 1):
        points = []
        for step in range(2, 61):
            n = largest * step / 60
            limit = national + sign * _half_width(national, n)
            if low <= limit <= high:
                points.append(f"{across(n):.1f},{down(limit):.1f}")
        parts.append(f'<polyline class="limit" points="{" ".join(points)}"/>')
    y = down(national)
    parts.append(f'<line class="mean" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for rate in trusts:
        parts.append(_mark(across(rate.n_eligible), down(rate.rate), is_outside_funnel(rate, national)))
    for n in _ticks(largest):
        parts.append(f'<text class="tick" x="{across(n):.1f}" y="{bottom + 18}" text-anchor="middle">{n:,.0f}</text>')
    parts.append(f'<text class="tick" x="{right}" y="{bottom + 36}" text-anchor="end">eligible patients</text>')
    return "".join(parts) + "</svg>"


def is_outside_funnel(rate: ResponseRate, national: float) -> bool:
    """True where a trust's response rate is outside the 99.8% limits of sampling around the nation's."""
    return abs(rate.rate - national) > _half_width(national, rate.n_eligible)


def claim_chart(claim: Claim) -> str:
    """How a headline count divides into growth of the survey and better scores, as one bar.

    Empty where one of the two is negative: a bar cannot show parts of opposite sign.
    """
    if not claim.parts or not claim.value:
        return ""
    label, growth, better = claim.parts[0]
    if growth < 0 or better < 0 or not (total := growth + better):
        return ""
    width = 420
    first = growth / total * width
    text = f"{escape(label)}: growth of the survey {growth:,.0f}, better scores {better:,.0f}"
    return (
        f'<svg class="claim-bar" viewBox="0 0 {width} 14" role="img" aria-label="{text}">'
        f'<rect class="growth" x="0" y="0" width="{first:.1f}" height="14"/>'
        f'<rect class="better" x="{first:.1f}" y="0" width="{width - first:.1f}" height="14"/></svg>'
    )


def _half_width(share: float, n: float) -> float:
    return float(_Z_OUTER * (share * (1 - share) / n) ** 0.5)


def _open(height: int, label: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">'


def _mark(x: float, y: float, outside: bool) -> str:
    """A circle within limits, a diamond outside them, so that colour is not needed."""
    if outside:
        return f'<path class="dot outside" d="M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>'
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'


def _ticks(reach: float) -> list[float]:
    """Round values from 0 to `reach`, at most five."""
    step = next(
        (base * 10.0**power for power in range(-3, 7) for base in (1, 2, 5) if reach / (base * 10.0**power) <= 4.5),
        reach,
    )
    return [round(step * index, 6) for index in range(int(reach / step) + 1)]
