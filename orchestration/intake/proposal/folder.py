"""The folder of a proposal: written for review, and its accepted rows appended to the seeds.

It holds a page to read, the rows of each seed as CSV with `accept`, `confidence`, `evidence` and `review_note` in
front, and a patch of the seeds as they would be with everything accepted.
"""

from __future__ import annotations

import csv
import difflib
import io
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from orchestration.errors import ExitCode, ProgramError
from orchestration.intake.proposal.evidence import Question
from orchestration.intake.proposal.matching import Match
from orchestration.intake.proposal.rows import PROPOSED_SEEDS, ProposedRow
from orchestration.intake.review.organisation_changes import OrganisationChange
from orchestration.registry import load_registry
from orchestration.registry.parse import read_record
from orchestration.registry.seeds import SEEDS

REVIEW_COLUMNS = ("accept", "confidence", "evidence", "review_note")
_PAGE, _PATCH, _ORGANISATIONS = "proposal.md", "seeds.patch", "organisation_changes.csv"


@dataclass
class Proposal:
    """What a new year needs. `matches` in the order of the file, `dropped` questions of the year before, `open_points`
    what no row can be proposed for, `rows` of all seeds.
    """

    survey_year: int
    base_year: int
    matches: list[Match]
    dropped: list[Question]
    rows: list[ProposedRow]
    open_points: list[str] = field(default_factory=list)
    organisations: list[OrganisationChange] = field(default_factory=list)

    def count(self, confidence: str) -> int:
        """Rows of a confidence."""
        return sum(1 for row in self.rows if row.confidence == confidence)


class ProposalError(ProgramError):
    """A proposal cannot be written or accepted as asked; nothing was changed."""

    exit_code = ExitCode.USAGE


def refuse_to_overwrite(folder: Path) -> None:
    """Raises ProposalError where a folder holds a proposal: a person may have written decisions into it."""
    if (folder / _PAGE).exists():
        raise ProposalError(
            f"{folder} holds a proposal already, perhaps a reviewed one: accept it, write to another folder (--out), "
            "or throw it away (--replace)"
        )


def write_proposal(proposal: Proposal, seeds: Path, folder: Path) -> None:
    """Write the proposal into a folder, replacing files of the same names; `seeds` is the folder that it adds to.

    `accept` is filled with `yes` where the confidence is certain and left empty elsewhere: a person writes yes or no.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # What an earlier proposal had and this one has not must not be accepted with it.
    for name in (*(f"{seed}.csv" for seed in PROPOSED_SEEDS), _ORGANISATIONS):
        (folder / name).unlink(missing_ok=True)
    patch = []
    for seed in PROPOSED_SEEDS:
        rows = [row for row in proposal.rows if row.seed == seed]
        if rows:
            review = [_review(row) | row.values for row in rows]
            (folder / f"{seed}.csv").write_text(_csv_text(review), encoding="utf-8")
            patch.append(_patch(seeds / f"{seed}.csv", [row.values for row in rows]))
    if proposal.organisations:
        changes = [asdict(change) for change in proposal.organisations]
        (folder / _ORGANISATIONS).write_text(_csv_text(changes), encoding="utf-8")
    (folder / _PATCH).write_text("".join(patch), encoding="utf-8")
    (folder / _PAGE).write_text(_render_page(proposal), encoding="utf-8")


def accept_proposal(folder: Path, seeds: Path, accept: Collection[str] = ()) -> dict[str, int]:
    """Append the accepted rows of a reviewed proposal to the seeds of a folder; rows added by seed.

    A row is accepted by `yes` under `accept`. The argument names confidences (certain, likely, unsure) whose undecided
    rows a person takes as a whole. The seeds are replaced together, and only if they form a registry without a problem.

    Raises:
        ProposalError: the folder holds no proposal, a file of it has lost its columns, its year is registered, or rows
            have neither yes nor no.
        RegistryError: the seeds would not fit one another; nothing was changed.
    """
    chosen = _read_decisions(folder, seeds, accept)
    _refuse_known_years(chosen, seeds)
    with tempfile.TemporaryDirectory(prefix=".accepting-", dir=seeds.parent) as scratch:
        trial = Path(scratch) / "seeds"
        shutil.copytree(seeds, trial)
        for seed, rows in chosen.items():
            path = trial / f"{seed}.csv"
            with path.open("a", encoding="utf-8", newline="") as file:
                # A file whose last line has no end would take the first new row into that line.
                file.write("\n" * (not path.read_bytes().endswith((b"\n", b"\r"))))
                file.write(_csv_text(rows, header=False))
        load_registry(trial)
        for seed in chosen:
            (trial / f"{seed}.csv").replace(seeds / f"{seed}.csv")
    return {seed: len(rows) for seed, rows in chosen.items()}


def _refuse_known_years(chosen: Mapping[str, Sequence[Mapping[str, str]]], seeds: Path) -> None:
    with (seeds / "survey_years.csv").open(encoding="utf-8-sig", newline="") as file:
        known = {row["survey_year"] for row in csv.DictReader(file)}
    doubled = sorted(known & {row["survey_year"] for row in chosen.get("survey_years", ())})
    if doubled:
        raise ProposalError(
            f"{', '.join(doubled)} is in the registry already: this proposal, or another one, has been accepted. Load "
            "the year; single rows are changed in dbt_project/seeds"
        )


def _read_decisions(folder: Path, seeds: Path, accept: Collection[str]) -> dict[str, list[dict[str, str]]]:
    """Accepted rows of a proposal by seed."""
    chosen: dict[str, list[dict[str, str]]] = {}
    undecided: dict[str, int] = {}
    faults: list[str] = []
    paths = [path for seed in PROPOSED_SEEDS if (path := folder / f"{seed}.csv").is_file()]
    if not paths:
        raise ProposalError(f"{folder} holds no proposal: make one with `ncpes intake FILES --year YEAR`")
    for path in paths:
        seed = next(seed for seed in SEEDS if seed.name == path.stem)
        for line, row in _read_reviewed(path, seeds / path.name):
            decision = row["accept"].strip().lower() or ("yes" if row["confidence"] in accept else "")
            if decision == "yes":
                cells, problems = read_record(seed, row, line)
                faults += map(str, problems)
                chosen.setdefault(path.stem, []).append(cells)
            elif decision != "no":
                undecided[path.stem] = undecided.get(path.stem, 0) + 1
    if faults:
        raise ProposalError(f"rows of {folder} cannot be taken:\n" + "\n".join(f"  {fault}" for fault in faults))
    if undecided:
        listed = ", ".join(f"{seed}.csv {count}" for seed, count in undecided.items())
        raise ProposalError(
            f"rows without yes or no under accept: {listed}; decide on each in {folder}, or take those of one "
            "confidence as a whole (--level likely)"
        )
    return chosen


def _read_reviewed(path: Path, seed: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows of a reviewed file by line, as a spreadsheet may have saved it; it must have the columns of the seed."""
    with seed.open(encoding="utf-8-sig", newline="") as file:
        columns = [*REVIEW_COLUMNS, *next(csv.reader(file))]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise ProposalError(f"{path} is not UTF-8: save it as CSV UTF-8") from error
    if reader.fieldnames != columns or any(None in row or None in row.values() for _, row in rows):
        what = "does not have the columns that were proposed, separated by commas"
        raise ProposalError(f"{path} {what}: save it as CSV (comma, UTF-8) with the columns {', '.join(columns)}")
    return rows


def _review(row: ProposedRow) -> dict[str, str]:
    accept = "yes" if row.confidence == "certain" else ""
    return dict(zip(REVIEW_COLUMNS, (accept, row.confidence, row.evidence, row.note), strict=True))


def _csv_text(rows: Sequence[Mapping[str, object]], header: bool = True) -> str:
    """Rows as CSV with LF line ends, as the seeds are written."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _patch(seed: Path, added: Sequence[Mapping[str, str]]) -> str:
    """Unified diff of a seed with all rows accepted, for `git apply`."""
    before = seed.read_text(encoding="utf-8")
    after = before + _csv_text(added, header=False)
    path = f"dbt_project/seeds/{seed.name}"
    return "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}"))


def _render_page(proposal: Proposal) -> str:
    """The page a reviewer reads first."""
    year, base = proposal.survey_year, proposal.base_year
    counts = ", ".join(f"{proposal.count(sure):,} {sure}" for sure in ("certain", "likely", "unsure"))
    introduction = (
        f"{len(proposal.rows):,} rows: {counts}. Nothing is accepted yet: write `yes` or `no` under `accept` in the "
        "CSV files beside this page (certain rows have `yes`), correct what is wrong, and accept the folder."
    )
    same = sum(1 for match in proposal.matches if match.old and not match.changes)
    dropped = [f"- {question.question_id.upper()}: {question.text}" for question in proposal.dropped]
    changes = [_organisation_line(change) for change in proposal.organisations]
    notes = [_note_line(row) for row in proposal.rows if row.note or row.confidence == "unsure"]
    blocks = [
        [f"# Proposed registry rows for {year}, compared with {base}"],
        [introduction],
        *(
            [["## For a person to find out"], [f"- {point}" for point in proposal.open_points]]
            * bool(proposal.open_points)
        ),
        ["## Questions that changed"],
        [*("| new | before | change | confidence | evidence |", "|---|---|---|---|---|"), *_changed(proposal.matches)],
        [f"{same} questions are unchanged."],
        [f"## Questions of {base} that are no longer asked"],
        dropped or ["- none"],
        [f"## Organisations against {base}"],
        changes or ["- no change, or no file of either year"],
        ["## Rows to look at"],
        notes,
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _changed(matches: Iterable[Match]) -> list[str]:
    return [
        f"| {match.new.question_id.upper()} | {match.old.question_id.upper() if match.old else '(new)'} "
        f"| {', '.join(match.changes) or 'new'} | {match.confidence} | {match.evidence} |"
        for match in matches
        if match.old is None or match.changes
    ]


def _organisation_line(change: OrganisationChange) -> str:
    codes = " into ".join(code for code in (change.code_before, change.code_after) if code)
    return f"- {change.level} {codes} {change.change} ({change.confidence}): {change.evidence}"


def _note_line(row: ProposedRow) -> str:
    values = row.values
    keys = ("question_id", "option_code", "rule_id", "source_column", "level", "old_code")
    named = " ".join(values[key] for key in keys if key in values)
    return f"- {row.seed} {named or values['survey_year']} ({row.confidence}): {row.note or row.evidence}"
