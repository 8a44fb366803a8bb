"""Fuzzing of intake: files mutated at random. Every outcome but acceptance with a balance, or a refusal, is a crash.

    python -m tests.integration.intake.fuzz --seconds 60 --seed 1

A crash is written down with its seed and number, so that it can be made again; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.intake.refusal import IntakeRefused
from orchestration.registry import Registry
from tests.integration.intake.sample_returns.formats import FORMS, TEXT_FORMS
from tests.integration.intake.sample_returns.small import (
    Return,
    project_registry,
    receive,
    small_return,
    small_settings,
)

_INTERESTING = (
    *(b"\x00", b'"', b'""', b"\n", b"\r", b",", b",,", b"\xff\xfe", b"\xef\xbb\xbf", b"999"),
    *(b"-1", b"1e309", b"NaN", b"\xc3\x28", b"=1+1", b"'; DROP TABLE x", b"../", b"<!ENTITY"),
)


@dataclass
class Findings:
    """What the runs came to, and every crash with what makes it again."""

    runs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Content with a few random changes."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        rng.choice(_MUTATIONS)(data, rng)
    return bytes(data)


def _flip(data: bytearray, rng: random.Random) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, rng: random.Random) -> None:
    if data:
        place = rng.randrange(len(data))
        length = rng.choice((1, 2, 4, 8, 64))
        data[place : place + length] = rng.randbytes(length)


def _insert(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data) + 1)
    data[place:place] = rng.choice(_INTERESTING)


def _delete(data: bytearray, rng: random.Random) -> None:
    if data:
        place = rng.randrange(len(data))
        del data[place : place + rng.choice((1, 3, 30, 300))]


def _repeat(data: bytearray, rng: random.Random) -> None:
    if data:
        place = rng.randrange(len(data))
        data[place:place] = data[place : place + rng.choice((5, 50, 500))] * rng.choice((1, 3))


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data) + 1) :]


_MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip, _overwrite, _overwrite, _insert, _insert, _delete, _repeat, _cut,
)  # fmt: skip


def run_once(registry: Registry, seed: int, number: int, findings: Findings) -> None:
    """One mutated return, made of the seed and its number alone."""
    rng = random.Random(f"{seed}:{number}")
    given: Return = small_return(registry, seed=rng.randrange(4))
    kind = rng.choice(("sample", "responses", "responses", "organisations"))
    # Text is read in this process and fast; the other formats start one, so they come up less often.
    form = rng.choice(TEXT_FORMS if rng.random() < 0.8 else FORMS)
    given.forms = {kind: form}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as home:
        settings = small_settings(Path(home))
        folder = given.write(settings)
        path = next(folder.glob(f"{kind}_*"))
        path.write_bytes(mutate(path.read_bytes(), rng))
        findings.runs += 1
        try:
            receipt = receive(settings, registry, given.year)
            findings.outcomes["quarantined" if receipt.quarantine else "accepted"] += 1
        except IntakeRefused as refused:
            findings.outcomes[refused.exit_code.name.lower()] += 1
        except Exception:  # any other end is a crash, which is what is looked for
            findings.crashes.append(f"seed {seed}, number {number}, {kind} as {form}\n{traceback.format_exc()}")


def fuzz(registry: Registry, seed: int, *, seconds: float, max_runs: int | None = None) -> Findings:
    """Run until the time is up (or the number of runs is reached)."""
    findings = Findings()
    end = time.monotonic() + seconds
    while time.monotonic() < end and (max_runs is None or findings.runs < max_runs):
        run_once(registry, seed, findings.runs, findings)
    return findings


def main() -> int:
    """Command line: fuzz for some seconds and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--number", type=int, help="make one run of a seed again")
    given = parser.parse_args()
    registry = project_registry()
    if given.number is not None:
        findings = Findings()
        run_once(registry, given.seed, given.number, findings)
    else:
        findings = fuzz(registry, given.seed, seconds=given.seconds)
    print(f"seed {given.seed}: {findings.runs:,} runs, {len(findings.crashes)} crashes, {dict(findings.outcomes)}")
    for crash in findings.crashes:
        print(crash)
    return 1 if findings.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
