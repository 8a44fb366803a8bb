"""The files of a year's return: which file is what, how the patients are divided over files, what names a delivery.

Belongs here: names, hashes and the delivery note. Does not belong here: anything inside a data file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import ExitCode
from orchestration.intake.refusal import IntakeRefused, Problem
from orchestration.records import sha256_of_file
from orchestration.settings import DATA_ORIGINS, DataOrigin, Settings

# A file's kind, and the kinds of registry columns it holds.
KIND_COLUMNS: dict[str, tuple[str, ...]] = {
    "sample": ("sample",),
    "nonrespondents": ("sample",),
    "respondents": ("sample", "responses"),
    "joined": ("sample", "responses"),
    "responses": ("responses",),
    "organisations": ("organisations",),
    "codebook": (),
}
# How a year's patients may be divided over files; the organisation file comes with each.
FORMS: dict[str, frozenset[str]] = {
    "sample and responses": frozenset({"sample", "responses"}),
    "respondents and non-respondents": frozenset({"respondents", "nonrespondents"}),
    "one joined file": frozenset({"joined"}),
}
_NAMES = (
    (r"non[_ -]?respondents?", "nonrespondents"),
    (r"respondents?", "respondents"),
    (r"responses?", "responses"),
    (r"sample", "sample"),
    (r"organi[sz]ations?", "organisations"),
    (r"joined|survey", "joined"),
    (r"codebook", "codebook"),
)


@dataclass(frozen=True)
class ReturnFile:
    """A file of a return. `sha256` and `size` are of the bytes as received."""

    path: Path
    kind: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """File name for messages, without control characters."""
        return printable(self.path.name)


@dataclass(frozen=True)
class SurveyReturn:
    """A year's return as found: its files, form and origin. `delivery` names the bytes of the data files."""

    survey_year: int
    data_origin: DataOrigin
    form: str
    files: tuple[ReturnFile, ...]
    delivery: str

    def of_kind(self, *kinds: str) -> tuple[ReturnFile, ...]:
        """Files of some kinds."""
        return tuple(file for file in self.files if file.kind in kinds)


def find_return(settings: Settings, survey_year: int) -> SurveyReturn:
    """Find and identify the return of a year under `settings.returns`.

    Raises:
        IntakeRefused: no folder, missing, doubled or unknown files, a wrong note, or a return of another origin.
    """
    folder = settings.returns / str(survey_year)
    if not folder.is_dir():
        step = f"put the files of {survey_year} into returns/{survey_year} of this origin, or run `ncpes examples`"
        raise IntakeRefused(survey_year, [Problem(ExitCode.NO_RETURN, f"no return of {survey_year}", next_step=step)])
    problems: list[Problem] = []
    paths = sorted(folder.iterdir())
    origin, found = read_kinds(survey_year, paths, problems)
    kinds: dict[Path, str] = {}
    for path, kind in found.items():
        if problem := _problem_of_file(settings, path, kind):
            problems.append(problem)
        elif kind:
            kinds[path] = kind
    form = _find_form(survey_year, list(kinds.values()), problems)
    if origin != settings.data_origin:
        what = f"the return says its origin is {origin}, this is the root of {settings.data_origin} data"
        note = next((printable(path.name) for path in paths if _is_note(path)), None)
        step = f"load it with the origin {origin}; origins never mix"
        problems.append(Problem(ExitCode.WRONG_ORIGIN, what, file=note, next_step=step))
    if problems:
        raise IntakeRefused(survey_year, problems)
    files = tuple(
        ReturnFile(path, kind, sha256_of_file(path), path.stat().st_size)
        for path, kind in sorted(kinds.items(), key=lambda item: (item[1], item[0].name))
    )
    return SurveyReturn(survey_year, origin, form, files, delivery_id(files))


def read_kinds(
    survey_year: int, paths: Sequence[Path], problems: list[Problem]
) -> tuple[DataOrigin, dict[Path, str | None]]:
    """Origin of a return, and its data files with their kinds, by the delivery note, else by name.

    Hidden files and lock files of spreadsheets are left out; what is wrong with the note is added to `problems`.
    """
    notes = [path for path in paths if _is_note(path)]
    origin, kinds = _read_note(survey_year, notes, problems)
    data = [path for path in paths if path not in notes and not path.name.startswith((".", "~$"))]
    return origin, {path: kinds.get(path.name) or kind_by_name(path.name) for path in data}


def refuse_if_changed(survey_return: SurveyReturn) -> None:
    """Make sure, after reading, that the files are still the bytes that the delivery is named after.

    Raises:
        IntakeRefused: a file was changed, replaced or removed while it was being read.
    """
    step = "wait until the copying of the files has ended, then run the command again"
    changed = [
        Problem(ExitCode.UNREADABLE_FILE, "it changed while it was being read", file=file.name, next_step=step)
        for file in survey_return.files
        if not file.path.is_file() or sha256_of_file(file.path) != file.sha256
    ]
    if changed:
        raise IntakeRefused(survey_return.survey_year, changed)


def refuse_files_of_other_origins(settings: Settings, survey_year: int, paths: Sequence[Path]) -> None:
    """Files that lie below the root of one origin are not taken into another.

    Raises:
        IntakeRefused: naming the files and the origin that they lie in.
    """
    problems = [
        Problem(
            ExitCode.WRONG_ORIGIN,
            f"lies in the root of {origin} data, and the command works in that of {settings.data_origin} data",
            file=printable(path.name),
            next_step=f"run it with --origin {origin}, or `export NCPES_DATA_ORIGIN={origin}` for every command",
        )
        for path in paths
        for origin in DATA_ORIGINS
        if origin != settings.data_origin and path.resolve().is_relative_to(settings.for_origin(origin).root)
    ]
    if problems:
        raise IntakeRefused(survey_year, problems)


def delivery_id(files: tuple[ReturnFile, ...]) -> str:
    """First 12 hex digits of SHA-256 over the sorted (kind, sha256) of the data files."""
    listed = sorted((file.kind, file.sha256) for file in files)
    return hashlib.sha256("\n".join(f"{kind} {sha256}" for kind, sha256 in listed).encode()).hexdigest()[:12]


def kind_by_name(name: str) -> str | None:
    """Kind of a file by its name, such as `sample_2018.csv.gz`; None when the name says nothing."""
    stem = name.lower()
    return next((kind for pattern, kind in _NAMES if re.match(rf"(ncpes[_ -]?)?{pattern}(?![a-z])", stem)), None)


def printable(text: str) -> str:
    """Text for a message: control characters replaced, so that a file name cannot forge a line."""
    return "".join(character if character.isprintable() else "?" for character in text)[:120]


def _is_note(path: Path) -> bool:
    return path.suffix.lower() == ".json" and path.is_file()


def _read_note(survey_year: int, notes: list[Path], problems: list[Problem]) -> tuple[DataOrigin, dict[str, str]]:
    """Origin and kinds of files from the delivery note; a return without a note is actual."""
    if not notes:
        return "actual", {}
    step = 'a note reads {"survey_year": 2018, "data_origin": "actual", "files": {"<name>": "<kind>"}}'

    def bad_note(what: str) -> None:
        problems.append(Problem(ExitCode.NO_RETURN, what, file=printable(notes[0].name), next_step=step))

    if len(notes) > 1:
        bad_note(f"{len(notes)} delivery notes, one is expected")
    try:
        note = json.loads(notes[0].read_bytes())  # of bytes it finds out the encoding, UTF-16 included
    except (ValueError, OSError, RecursionError):
        note = None
    if not isinstance(note, dict):
        bad_note("the delivery note is not readable JSON")
        return "actual", {}
    origin = note.get("data_origin", "actual")
    if origin not in DATA_ORIGINS:
        bad_note(f"data_origin is none of {', '.join(DATA_ORIGINS)}")
        origin = "actual"
    if str(note.get("survey_year", survey_year)).strip() != str(survey_year):
        bad_note(f"the note is of another survey year than {survey_year}")
    files = note.get("files", {})
    if not isinstance(files, dict) or any(kind not in KIND_COLUMNS for kind in files.values()):
        bad_note(f"files must name kinds out of {', '.join(KIND_COLUMNS)}")
        files = {}
    return origin, files


def _problem_of_file(settings: Settings, path: Path, kind: str | None) -> Problem | None:
    name = printable(path.name)
    if path.is_symlink() and not path.exists():
        return Problem(ExitCode.NO_RETURN, "the link is broken", file=name, next_step="copy the file itself")
    if path.is_dir():
        step = "put the files themselves into the folder of the year"
        return Problem(ExitCode.NO_RETURN, "is a directory", file=name, next_step=step)
    if not path.is_file():
        return Problem(ExitCode.NO_RETURN, "is not a regular file", file=name, next_step="remove it")
    if kind is None:
        step = "name it sample_, responses_, organisations_... or name its kind under files in the delivery note"
        return Problem(ExitCode.NO_RETURN, "its kind cannot be told from its name", file=name, next_step=step)
    size = path.stat().st_size
    if size > settings.intake.max_file_bytes:
        what = f"{size:,} bytes, more than the limit of {settings.intake.max_file_bytes:,}"
        step = "check that the file is the right one; the limit is NCPES_INTAKE_MAX_FILE_BYTES"
        return Problem(ExitCode.LIMIT_EXCEEDED, what, file=name, next_step=step)
    return None


def _find_form(survey_year: int, kinds: list[str], problems: list[Problem]) -> str:
    """The form whose kinds are there, each once."""
    present = frozenset(kinds) - {"organisations", "codebook"}
    for kind in sorted(set(kinds)):
        if kinds.count(kind) > 1:
            step = "keep one of them; a changed file replaces the old one in the folder"
            what = f"more than one {kind} file"
            problems.append(Problem(ExitCode.NO_RETURN, what, count=kinds.count(kind), next_step=step))
    form = next((form for form, needed in FORMS.items() if present == needed), "")
    if not form:
        forms = "; ".join(f"{form}: {', '.join(sorted(needed))}" for form, needed in FORMS.items())
        what = f"the patients' files are {', '.join(sorted(present)) or 'missing'}, which is no known form"
        problems.append(Problem(ExitCode.NO_RETURN, what, next_step=f"the forms are: {forms}"))
    if "organisations" not in kinds:
        step = f"ask for organisations_{survey_year}: LEVEL, CODE, NAME, PARENT_CODE of the year's organisations"
        problems.append(Problem(ExitCode.NO_RETURN, "the organisation file is missing", next_step=step))
    return form
