"""Time of an audit at true size: `python -m tests.benchmarks.disclosure_audit [--questions 60] [--round 5]`.

A made-up year: 145 trusts and 195 CCGs (within 19 alliances; some people have none) by 13 tumour groups, national sex,
age, ethnic group and deprivation; every base printed, scores on 1-20 answers hidden, and one more group where exactly
one of an organisation is hidden. Positives of all other cells are printed exactly, or rounded to 5.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd

from orchestration.disclosure.audit.bounds import audit
from orchestration.disclosure.audit.insider import with_insiders
from orchestration.disclosure.audit.register import Register, build_register
from orchestration.disclosure.audit.verdicts import summarise
from orchestration.disclosure.audit.verify import verify

TRUSTS, CCGS, ALLIANCES, TUMOURS = 145, 195, 19, 13
NATIONAL = {"sex": 2, "age": 8, "ethnic_group": 6, "deprivation": 5}
THRESHOLD = 20


@dataclass
class Year:
    """Long tables of a register, grown question by question."""

    rounding: int
    width: int
    cells: list[tuple[str, int, int]] = field(default_factory=list)
    rows: list[tuple[str, str, str, int, int]] = field(default_factory=list)
    entries: list[tuple[int, int, int]] = field(default_factory=list)
    targets: list[tuple[str, str, int, int, int, int]] = field(default_factory=list)

    def publish(self, table: str, key: str, cells: list[int], positives: int, base: int) -> None:
        """A printed number of positives: exact, or a multiple of the rounding with all that rounds to it."""
        low = high = positives
        if self.rounding > 1:
            half = self.rounding // 2
            printed = (positives + half) // self.rounding * self.rounding
            low, high = max(printed - half, 0), min(printed + half, base)
        self.entries += [(len(self.rows), cell, 1) for cell in cells]
        self.rows.append((table, "n_positive", key, low, high))

    def add_grid(
        self, table: str, question: int, base: np.ndarray, positives: np.ndarray, n_unpublished: int
    ) -> np.ndarray:
        """Cells of organisation x group, shown or hidden; the last n_unpublished organisations appear in no table."""
        hidden = (base >= 1) & (base <= THRESHOLD)
        for row in np.flatnonzero(hidden.sum(axis=1) == 1):
            larger = np.where(base[row] > THRESHOLD, base[row], base.max() + 1)
            hidden[row, np.argmin(larger)] = True
        number = np.arange(base.size).reshape(base.shape) + len(self.cells)
        for (row, group), cell in np.ndenumerate(number):
            n, x = int(base[row, group]), int(positives[row, group])
            key = f"{table} q{question} {row} {group}"
            self.cells.append((key, 0, n))
            if row >= len(base) - n_unpublished:
                continue
            if hidden[row, group]:
                self.targets.append((table, key, int(cell), self.width, 0, n))
            elif n:
                self.publish(table, key, [int(cell)], x, n)
        return number

    def add_total(self, table: str, key: str, cells: np.ndarray, base: np.ndarray, positives: np.ndarray) -> None:
        """A total, shown where its base is above the threshold."""
        if base.sum() > THRESHOLD:
            self.publish(table, key, cells.ravel().tolist(), int(positives.sum()), int(base.sum()))

    def register(self) -> Register:
        """The register of all questions."""
        return build_register(
            pd.DataFrame(self.cells, columns=["cell_key", "lower", "upper"]),
            pd.DataFrame(self.rows, columns=["table_name", "column_name", "row_key", "lower", "upper"]),
            pd.DataFrame(self.entries, columns=["row", "cell", "coefficient"]),
            pd.DataFrame(
                self.targets, columns=["table_name", "target_key", "cell", "width", "frame_lower", "frame_upper"]
            ),
        )


def made_up_year(n_questions: int, rounding: int, width: int, seed: int = 1) -> Register:
    """The register of a made-up year of about 70,000 people, fewer on some questions."""
    random = np.random.default_rng(seed)
    size = 70_000
    trust = random.choice(TRUSTS, size, p=random.dirichlet(np.full(TRUSTS, 4.0)))
    ccg = random.choice(CCGS + 1, size, p=random.dirichlet(np.r_[np.full(CCGS, 4.0), 1.0]))
    tumour = random.choice(TUMOURS, size, p=random.dirichlet(np.full(TUMOURS, 1.0)))
    alliance = np.sort(random.integers(0, ALLIANCES, CCGS))
    people = {kind: random.integers(0, n, size) for kind, n in NATIONAL.items()}
    year = Year(rounding, width)
    for question in range(n_questions):
        answered = random.random(size) < random.choice([0.3, 0.7, 0.95])
        positive = random.random(size) < random.uniform(0.5, 0.97)
        _add_question(year, question, (trust, ccg, tumour, alliance), people, answered, positive)
    return year.register()


def _add_question(
    year: Year,
    question: int,
    places: tuple[np.ndarray, ...],
    people: dict[str, np.ndarray],
    answered: np.ndarray,
    positive: np.ndarray,
) -> None:
    trust, ccg, tumour, alliance = places

    def count(codes: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
        at = codes * TUMOURS + tumour
        shape = (n, TUMOURS)
        base = np.bincount(at[answered], minlength=n * TUMOURS).reshape(shape)
        return base, np.bincount(at[answered & positive], minlength=n * TUMOURS).reshape(shape)

    for level, codes, n, n_unpublished in (("trust", trust, TRUSTS, 0), ("ccg", ccg, CCGS + 1, 1)):
        base, positives = count(codes, n)
        cells = year.add_grid(level, question, base, positives, n_unpublished)
        for row in range(n - n_unpublished):
            year.add_total(f"{level}_all", f"q{question} {row}", cells[row], base[row], positives[row])
        for group in range(TUMOURS):
            year.add_total("national", f"q{question} {group}", cells[:, group], base[:, group], positives[:, group])
        if level == "ccg":
            for a in range(ALLIANCES):
                of = np.flatnonzero(alliance == a)
                year.add_total("alliance_all", f"q{question} {a}", cells[of], base[of], positives[of])
                for group in range(TUMOURS):
                    year.add_total(
                        "alliance", f"q{question} {a} {group}", cells[of, group], base[of, group], positives[of, group]
                    )
    for kind, values in people.items():
        base = np.bincount(values[answered], minlength=NATIONAL[kind])[None, :]
        positives = np.bincount(values[answered & positive], minlength=NATIONAL[kind])[None, :]
        cells = year.add_grid(kind, question, base, positives, 0)
        year.add_total("national", f"q{question} {kind}", cells, base, positives)


def main() -> None:
    """Prints size, seconds and verdicts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--round", type=int, default=1)
    parser.add_argument("--width", type=int, default=5)
    parser.add_argument("--insiders", action="store_true")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    register = made_up_year(arguments.questions, arguments.round, arguments.width)
    register = with_insiders(register) if arguments.insiders else register
    start = time.perf_counter()
    result = audit(register, processes=arguments.processes)
    seconds = time.perf_counter() - start
    faults = verify(register, result.certificates, duckdb.connect())
    verified = time.perf_counter() - start - seconds
    print(f"{register.n_cells} cells, {register.n_rows} rows, {register.n_targets} hidden, {result.n_blocks} blocks")
    print(
        f"audit {seconds:.1f} s, {result.n_lps} LPs, {result.n_milps} MILPs; {len(result.certificates.values)} values"
    )
    print(f"verified in {verified:.1f} s: {faults['fault'].value_counts().to_dict()}")
    print(summarise(result.outcomes).to_string(index=False))


if __name__ == "__main__":
    main()
