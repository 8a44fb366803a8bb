"""What can be wrong with the registry or with a question put to it, each message with its next step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestration.errors import ExitCode, ProgramError


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of a seed: where it is, what is wrong, what to do. Line 1 is the header, None the whole file."""

    seed: str
    line: int | None
    column: str | None
    fault: str
    next_step: str

    def __str__(self) -> str:
        place = f"{self.seed}.csv"
        place += f" line {self.line}" if self.line is not None else ""
        place += f", column {self.column}" if self.column is not None else ""
        return f"{place}: {self.fault}. {self.next_step}."


class RegistryError(ProgramError):
    """The seeds cannot be used as they are; the message lists every problem found."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def from_problems(cls, problems: Sequence[Problem]) -> RegistryError:
        """One error for all problems, in the order they were found."""
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        lines = "\n".join(f"  {problem}" for problem in problems)
        return cls(f"The registry (dbt_project/seeds) has {count}:\n{lines}", problems)


class UnknownSurveyYear(RegistryError):
    """A survey year that the registry does not have."""

    def __init__(self, survey_year: int, known: Iterable[int]) -> None:
        years = ", ".join(str(year) for year in sorted(known)) or "none"
        super().__init__(
            f"The registry does not know survey year {survey_year}; it knows {years}. To add it, give "
            f"dbt_project/seeds a row {survey_year} in survey_years.csv and the rows of its questionnaire and files in "
            "questions, response_options, routing_rules, source_columns, source_codes and outcome_codes."
        )
        self.survey_year = survey_year


class UnknownRow(RegistryError):
    """A key that a seed does not have."""

    def __init__(self, seed: str, key: str, known: Iterable[object] = ()) -> None:
        names = ", ".join(str(name) for name in known)
        super().__init__(
            f"dbt_project/seeds/{seed}.csv has no row for {key}"
            + (f"; it has {names}" if names else "")
            + ". Add the row, or correct the name that was asked for."
        )
