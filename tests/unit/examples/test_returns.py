from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from orchestration.examples import PLANTED_IDENTIFIERS, ExampleError, ExampleReturn, write_examples
from orchestration.examples.plan import plan_return
from orchestration.examples.returns import delivery_note
from orchestration.registry import Registry
from orchestration.settings import Settings

from .conftest import SMALL
from .scoring import ScoredReturn, read_columns, seed_rows

FILES = ["organisations_2018.csv", "responses_2018.csv", "return_2018.json", "sample_2018.csv"]


def read_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def make(settings: Settings, registry: Registry, **changes: object) -> dict[str, bytes]:
    arguments = {"respondents": 400, "trusts": 6} | changes
    return read_bytes(write_examples(settings, registry, 2018, **arguments).folder)  # type: ignore[arg-type]  # changed by name


def test_the_same_arguments_give_the_same_bytes(settings: Settings, registry: Registry) -> None:
    first = make(settings, registry)
    assert list(first) == FILES
    assert make(settings, registry) == first
    assert make(settings, registry, seed=1) != first
    assert make(settings, registry, calibrated=False) != first


def test_a_year_does_not_depend_on_the_others(settings: Settings, registry: Registry) -> None:
    alone = make(settings, registry)
    write_examples(settings, registry, 2016, respondents=400, trusts=6)
    assert make(settings, registry) == alone


def test_organisations_are_the_same_in_all_years(settings: Settings, registry: Registry) -> None:
    folders = [write_examples(settings, registry, year, respondents=300, trusts=6).folder for year in (2015, 2018)]
    first, last = (next(folder.glob("organisations_*")).read_bytes() for folder in folders)
    assert first == last


def test_every_file_says_that_it_is_synthetic(small: ExampleReturn) -> None:
    note = json.loads((small.folder / "return_2018.json").read_text(encoding="utf-8"))
    assert (note["survey_year"], note["data_origin"]) == (2018, "synthetic")
    assert "invented patients" in note["note"]
    names = read_columns(small.folder / "organisations_2018.csv")["NAME"]
    assert all("(example)" in name for name in names)


@pytest.mark.parametrize(
    ("calibrated", "respondents", "expected"), [(True, None, True), (True, SMALL, False), (False, None, False)]
)
def test_only_a_calibrated_return_of_true_size_says_that_it_gives_the_published_figures(
    registry: Registry, calibrated: bool, respondents: int | None, expected: bool
) -> None:
    plan = plan_return(registry, 2018, seed=1, calibrated=calibrated, respondents=respondents)
    assert json.loads(delivery_note(plan))["is_calibrated"] is expected


@pytest.mark.parametrize("kind", ["sample", "responses", "organisations"])
def test_columns_are_those_of_the_registry(small: ExampleReturn, kind: str) -> None:
    wanted = [row["source_column"] for row in seed_rows("source_columns", 2018) if row["file_kind"] == kind]
    assert list(read_columns(small.folder / f"{kind}_2018.csv")) == wanted


def test_rows_balance(small: ExampleReturn, scored: ScoredReturn) -> None:
    sample, responses = scored.sample, scored.responses
    assert len(set(sample["PSID"])) == len(sample["PSID"]) == small.n_sampled
    returned = set(sample["PSID"][sample["OUTCOME"] == "1"])
    assert len(responses["PSID"]) == len(set(responses["PSID"]))
    assert set(responses["PSID"]) == returned
    assert scored.is_useable.sum() == small.n_respondents == SMALL
    assert (~scored.is_useable).sum() == small.n_unusable > 0
    assert np.isin(sample["OUTCOME"], ["1", "4", "6"]).sum() == small.n_eligible
    assert small.n_respondents / small.n_eligible == pytest.approx(0.64, abs=0.001)
    assert (~scored.is_complete & scored.is_useable).sum() == small.n_incomplete


def test_organisations_hold_every_code_that_occurs(small: ExampleReturn, scored: ScoredReturn) -> None:
    organisations = read_columns(small.folder / "organisations_2018.csv")
    codes = {
        level: set(organisations["CODE"][organisations["LEVEL"] == level]) for level in ("trust", "ccg", "alliance")
    }
    assert set(scored.sample["TRUST_CODE"]) <= codes["trust"]
    assert set(scored.sample["CCG_CODE"]) <= codes["ccg"] | {""}
    assert set(organisations["PARENT_CODE"]) == codes["alliance"] | {""}


def test_scores_follow_the_published_ones_at_a_small_size(scored: ScoredReturn) -> None:
    published = {
        row["question_id"]: row
        for row in seed_rows("published_scores", 2018)
        if row["base_kind"] == "case_mix_complete"
    }
    for question_id, row in published.items():
        score = scored.score(question_id, scored.is_complete)
        assert score.n_base == int(int(row["n_base"]) * SMALL / 73_817 + 0.5)
        per_answer = 1 if question_id == "q59" else 100
        assert abs(score.total - float(row["score"]) / per_answer * score.n_base) <= 0.5


def test_answers_that_routing_should_have_skipped_are_edited_away(small: ExampleReturn, scored: ScoredReturn) -> None:
    assert scored.n_edits == small.n_unrouted > 0


def test_answers_are_missing_in_both_spellings(small: ExampleReturn, scored: ScoredReturn) -> None:
    lines = (small.folder / "responses_2018.csv").read_text(encoding="utf-8").splitlines()
    answers = {line.split(",")[2] for line in lines[1:] if line[:1].isdigit()}
    assert answers == {"", "999", *map(str, scored.roles["q2"])}


def test_identifiers_are_there_to_be_looked_for(small: ExampleReturn, scored: ScoredReturn) -> None:
    raw = (small.folder / "responses_2018.csv").read_text(encoding="utf-8")
    assert all(token in raw for token in PLANTED_IDENTIFIERS)
    numbers = [number.replace(" ", "") for number in scored.sample["NHS_NUMBER"]]
    assert len(set(numbers)) == len(numbers)
    digits = np.array([[int(digit) for digit in number] for number in numbers])
    assert (digits[:, :3] == 9).all()
    assert (digits @ np.array([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0).all()
    assert 0.2 < np.mean([" " in number for number in scored.sample["NHS_NUMBER"]]) < 0.5


def test_diagnoses_fit_the_sex(scored: ScoredReturn) -> None:
    prefix = np.array([code[:3] for code in scored.sample["ICD10"]])
    assert not np.isin(prefix[scored.sample["SEX"] == "2"], ["C60", "C61", "C62", "C63"]).any()
    assert not np.isin(prefix[scored.sample["SEX"] == "1"], ["C51", "C53", "C54", "C56"]).any()


def test_uncalibrated_scores_are_near_but_not_published(settings: Settings, registry: Registry) -> None:
    example = write_examples(settings, registry, 2018, respondents=SMALL, trusts=30, calibrated=False)
    assert len(example.uncalibrated_questions) == 52
    scored = ScoredReturn(example.folder, 2018)
    everyone = np.ones(len(scored.is_useable), dtype=bool)
    assert scored.score("q22", everyone).value == pytest.approx(0.58, abs=0.06)
    assert scored.score("q59", everyone).value == pytest.approx(8.76, abs=0.2)


@pytest.mark.parametrize("stranger", ["responses_2018.xlsx", "sample_2018.csv"])
def test_files_that_are_no_examples_are_left_alone(settings: Settings, registry: Registry, stranger: str) -> None:
    folder = settings.returns / "2018"
    folder.mkdir(parents=True)
    (folder / stranger).write_text("a real return", encoding="utf-8")
    with pytest.raises(ExampleError, match=r"2018: .* move that folder away"):
        make(settings, registry)
    assert read_bytes(folder) == {stranger: b"a real return"}
    assert [path.name for path in settings.returns.iterdir()] == ["2018"]


def test_a_return_half_written_before_is_replaced(settings: Settings, registry: Registry) -> None:
    half = settings.returns / ".2018.building"
    half.mkdir(parents=True)
    (half / "sample_2018.csv").write_text("half", encoding="utf-8")
    assert list(make(settings, registry)) == FILES
    assert [path.name for path in settings.returns.iterdir()] == ["2018"]


def test_examples_stay_out_of_other_origins(tmp_path: Path, registry: Registry) -> None:
    with pytest.raises(ExampleError, match="the settings are for actual data"):
        write_examples(Settings(home=tmp_path, data_origin="actual"), registry, 2018)
    assert not list(tmp_path.iterdir())
