"""Rows of the code lists: those of the year before, carried to the new names, and what the files hold beyond them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from orchestration.intake.files.header import normal_name
from orchestration.intake.files.source import SourceTable
from orchestration.intake.mapping.codes import row_indices
from orchestration.intake.proposal.columns import ColumnMatch
from orchestration.intake.proposal.matching import Match
from orchestration.intake.proposal.rows import SOURCE, ProposedRow
from orchestration.intake.refusal import shown_codes
from orchestration.intake.rules import YearRules, code_text


def propose_source_codes(
    matches: Sequence[Match], other_targets: set[tuple[str, str]], rules: YearRules, survey_year: int
) -> list[ProposedRow]:
    """Rows of source_codes.csv for the targets that the new year still has."""
    renamed = {}
    for match in matches:
        if match.old and match.new.is_multiple:
            for column in match.new.columns:
                renamed[f"{match.old.question_id}_{column.rpartition('_')[2]}"] = normal_name(column).lower()
    rows, written = [], set()
    for row in rules.rows["source_codes"]:
        kind, target = row["file_kind"], row["target_column"]
        new_target = renamed.get(target) if kind == "responses" else target
        if new_target is None or (kind != "responses" and (kind, target) not in other_targets):
            continue
        values = {**row, "survey_year": str(survey_year), "target_column": new_target, "source": SOURCE}
        written.add(new_target)
        rows.append(ProposedRow("source_codes", values, "certain", f"as {rules.survey_year}"))
    return rows + _codes_of_new_ticks(matches, written, survey_year)


def _codes_of_new_ticks(matches: Sequence[Match], written: set[str], survey_year: int) -> list[ProposedRow]:
    """Ticked and not ticked for option columns that the year before did not have."""
    rows = []
    for match in matches:
        columns = [normal_name(column).lower() for column in match.new.columns] if match.new.is_multiple else []
        for column in columns:
            for code in () if column in written else ("0", "1"):
                values = {
                    "survey_year": str(survey_year),
                    "file_kind": "responses",
                    "target_column": column,
                    "source_code": code,
                    "target_code": code,
                    "source": SOURCE,
                }
                rows.append(ProposedRow("source_codes", values, "likely", "0 and 1 for an option column"))
    return rows


def propose_outcomes(rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of outcome_codes.csv."""
    return [
        ProposedRow(
            "outcome_codes",
            {**row, "survey_year": str(survey_year), "source": SOURCE},
            "certain",
            f"as {rules.survey_year}",
        )
        for row in rules.rows["outcome_codes"]
    ]


def unknown_codes(
    tables: Mapping[str, SourceTable], found: Mapping[str, Sequence[ColumnMatch]], rules: YearRules
) -> list[str]:
    """Codes of coded columns that no registered row explains: what they mean nobody can derive."""
    lines = []
    for kind, matches in found.items():
        table = tables[kind]
        for match in matches:
            if match.rule is None:
                continue
            known = rules.codes.get((match.rule.file_kind, match.rule.target_column))
            if match.rule.target_column == "outcome":
                known = {code: outcome for code, (outcome, _) in rules.outcomes.items()}
            if not known:
                continue
            column = table.columns[table.names.index(match.name)]
            counts = np.bincount(row_indices(column), minlength=len(column.dictionary) + 1)
            texts = [text for text, count in zip(column.dictionary.to_pylist(), counts, strict=False) if count and text]
            strange = [
                text
                for text in texts
                if code_text(text) not in known and code_text(text) not in match.rule.missing_codes
            ]
            if strange:
                seed = "outcome_codes.csv" if match.rule.target_column == "outcome" else "source_codes.csv"
                lines.append(
                    f"{kind}, column {match.name}: unknown code {shown_codes(strange)}; add its meaning to {seed}"
                )
    return lines
