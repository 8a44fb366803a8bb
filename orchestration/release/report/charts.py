"""Small inline SVG charts of the quality report: no script, no font, no network; every mark has a text beside it.

Belongs here: geometry. Colours come from the page's style sheet by class, so that print and contrast are settled once.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from orchestration.release.report.inputs import Claim, Movement, ResponseRate

_WIDTH = 720


def movements_chart(movements: Sequence[Movement]) -> str:
    """Change of each national score in points, with the control limit as a band. Percentage questions only."""
    shown = [m for m in movements if m.difference is not None and not m.is_rating]
    if not shown:
        return ""
    reach = max(max(abs(m.difference or 0), m.limit or 0) for m in shown) * 110 or 1.0
    left, right, row = 300, _WIDTH - 60, 18
    middle, scale = (left + right) / 2, (right - left) / 2 / reach
    height = row * len(shown) + 34
    parts = [_open(height, "Change of national scores since the year before, in percentage points, largest first")]
    for tick in _ticks(reach):
        x = middle + tick * scale
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="6" y2="{height - 24}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{height - 8}" text-anchor="middle">{tick:+g}</text>')
    for index, movement in enumerate(shown):
        y = 14 + index * row
        points = (movement.difference or 0) * 100
        outside = movement.limit is not None and abs(movement.difference or 0) > movement.limit
        if movement.limit is not None:
            half = movement.limit * 100 * scale
            parts.append(
                f'<rect class="band" x="{middle - half:.1f}" y="{y - 6}" width="{2 * half:.1f}" height="12" rx="2"/>'
            )
        x = middle + points * scale
        parts.append(f'<line class="stem" x1="{middle:.1f}" x2="{x:.1f}" y1="{y}" y2="{y}"/>')
        parts.append(_mark(x, y, outside))
        label = escape(f"{movement.question_number} {_shorten(movement.label, 40)}")
        parts.append(f'<text class="label" x="{left - 12}" y="{y + 4}" text-anchor="end">{label}</text>')
        parts.append(f'<text class="value" x="{right + 8}" y="{y + 4}">{points:+.1f}</text>')
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

    parts = [
        _open(236, "Response rate of each trust by number of eligible patients, with 99.8% limits around the nation")
    ]
    for percent in range(int(low * 100) // 10 * 10, 101, 10):
        if low <= percent / 100 <= high:
            y = down(percent / 100)
            parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text class="tick" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{percent}%</text>')
    for sign in (-1, 1):
        points = []
        for step in range(2, 61):
            n = largest * step / 60
            limit = national + sign * 3.09 * (national * (1 - national) / n) ** 0.5
            if low <= limit <= high:
                points.append(f"{across(n):.1f},{down(limit):.1f}")
        parts.append(f'<polyline class="limit" points="{" ".join(points)}"/>')
    y = down(national)
    parts.append(f'<line class="mean" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for rate in trusts:
        far = abs(rate.rate - national) > 3.09 * (national * (1 - national) / rate.n_eligible) ** 0.5
        parts.append(_mark(across(rate.n_eligible), down(rate.rate), far))
    for n in _ticks(largest)[len(_ticks(largest)) // 2 :]:
        parts.append(f'<text class="tick" x="{across(n):.1f}" y="{bottom + 18}" text-anchor="middle">{n:,.0f}</text>')
    parts.append(f'<text class="tick" x="{right}" y="{bottom + 36}" text-anchor="end">eligible patients</text>')
    return "".join(parts) + "</svg>"


def claim_chart(claim: Claim) -> str:
    """How a headline count divides into growth of the survey and better scores, as one bar."""
    if not claim.parts or not claim.value:
        return ""
    label, growth, better = claim.parts[0]
    total = abs(growth) + abs(better)
    if not total:
        return ""
    width = 420
    first = abs(growth) / total * width
    text = f"{escape(label)}: growth of the survey {growth:,.0f}, better scores {better:,.0f}"
    return (
        f'<svg class="claim-bar" viewBox="0 0 {width} 14" role="img" aria-label="{text}">'
        f'<rect class="growth" x="0" y="0" width="{first:.1f}" height="14"/>'
        f'<rect class="better" x="{first:.1f}" y="0" width="{width - first:.1f}" height="14"/></svg>'
    )


def _open(height: int, label: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">'


def _mark(x: float, y: float, outside: bool) -> str:
    """A circle within limits, a diamond outside them: told apart without colour."""
    if outside:
        return f'<path class="dot outside" d="M{x:.1f} {y - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>'
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'


def _ticks(reach: float) -> list[float]:
    """Round values from -reach to reach, zero among them, at most nine."""
    step = next(
        (base * 10.0**power for power in range(-3, 7) for base in (1, 2, 5) if reach / (base * 10.0**power) <= 4.5),
        reach,
    )
    count = int(reach / step)
    return [round(step * index, 6) for index in range(-count, count + 1)]


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
