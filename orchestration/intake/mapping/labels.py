"""What a file says about its own columns: question texts and code labels, compared with the registry.

Text formats say nothing; SPSS and Stata files, and a codebook beside them, do. A question number re-used for another
question and a code list that changed meaning are refused, since every code in them may look valid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher

from orchestration.intake.files.header import normal_name
from orchestration.intake.mapping.codebook import Codebook
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem, RefusalKind
from orchestration.intake.rules import YearRules, code_text

# From this likeness on two texts are wordings of one question; another question must be nearer by more than the second.
SAME_TEXT, _CLEARLY = 0.85, 0.05
# Cheap upper bounds below this are not worked out further.
_NOT_ALIKE = 0.4


def fingerprint(text: str) -> str:
    """A text without what rewording usually touches: case, punctuation, question numbers in front, spaces."""
    without_number = re.sub(r"^\s*(?:q\s*)?\d+\s*[.:)\-]\s*", "", text.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", without_number.replace("'", "")))


def similarity(first: str, second: str) -> float:
    """Likeness of two texts, 0 to 1, by their fingerprints."""
    one, other = fingerprint(first), fingerprint(second)
    if one == other:
        return 1.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _NOT_ALIKE else matcher.quick_ratio()


def check_labels(mapped: MappedFile, codebook: Codebook, rules: YearRules, problems: list[Problem]) -> None:
    """Compare the labels of a file, its own and the codebook's, with the registry; contradictions go to `problems`."""
    described = Codebook(dict(codebook.texts), dict(codebook.labels))
    described.add_file(mapped.source)
    names = {rule.source_column: target for target, rule in mapped.rules.items() if rule.disposition == "answer"}
    for name, target in names.items():
        question = target if target in rules.question_texts else target.rsplit("_", 1)[0]
        text = described.texts.get(normal_name(name))
        if text and question in rules.question_texts:
            _check_text(mapped, name, question, text, rules, problems)
        labels = described.labels.get(normal_name(name))
        if labels and question == target:
            _check_codes(mapped, name, question, labels, rules, problems)


def _check_text(
    mapped: MappedFile, name: str, question: str, text: str, rules: YearRules, problems: list[Problem]
) -> None:
    # A label shortened by the file's own limit is compared with as much of the registered text.
    own = rules.question_texts[question]
    likeness = max(similarity(text, own), similarity(text, own[: len(text)]))
    if likeness >= SAME_TEXT:
        return
    others = {other: similarity(text, found) for other, found in rules.question_texts.items() if other != question}
    best = max(others, key=lambda other: others[other], default=None)
    if best is None or others[best] < SAME_TEXT or others[best] < likeness + _CLEARLY:
        return  # a label that is no wording of any question, such as `Question 22`, says nothing
    problems.append(
        Problem(
            RefusalKind.STRUCTURE,
            f"the file labels this column with the text of {best}, the registry has another question here",
            mapped.file.name,
            name,
            next_step=f"if the questionnaire of {rules.survey_year} was renumbered, correct questions.csv and "
            "source_columns.csv (`ncpes intake` proposes the rows); otherwise ask the supplier",
        )
    )


def _check_codes(
    mapped: MappedFile, name: str, question: str, labels: Mapping[str, str], rules: YearRules, problems: list[Problem]
) -> None:
    options = {fingerprint(label): code for code, label in rules.options.get(question, {}).items()}
    changed = []
    for code, label in labels.items():
        registered = options.get(fingerprint(label))
        number = code_text(code)
        if registered is not None and number.isdecimal() and registered != int(number):
            changed.append(f"{number} is labelled as the registry's {registered}")
    if changed:
        problems.append(
            Problem(
                RefusalKind.STRUCTURE,
                "the code list changed its meaning: " + ", ".join(changed[:4]),
                mapped.file.name,
                name,
                len(changed),
                f"correct the options of {rules.survey_year} {question} in response_options.csv, or ask the supplier",
            )
        )
