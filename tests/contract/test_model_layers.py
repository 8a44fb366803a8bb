"""Who reads whom among the models, and what every model states, from dbt's manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from orchestration.runner import DAGSTER_YAML
from orchestration.warehouse.plan import CODE_OF_A_YEAR
from tests.contract.arrows import ROOT

LAYERS = ("staging", "intermediate", "marts", "publication")
# What a layer may read. Registry seeds serve all of them; `landing` are the sources.
MAY_READ = {
    "staging": {"landing"},
    "intermediate": {"staging", "intermediate", "registry"},
    "marts": {"intermediate", "marts", "registry"},
    "publication": {"marts", "registry"},
}
SEVERITIES = {"critical", "warning", "info"}
JOIN = re.compile(
    r"\bon\b(?P<on>.*?)(?=\b(?:join|where|group|order|select|from|union|qualify|limit|having)\b|,\s*\n\s*\n|\Z)"
    r"|\busing\s*\((?P<using>[^)]*)\)",
    flags=re.DOTALL | re.IGNORECASE,
)


def wrong_reads(reads: Iterable[tuple[str, str, str, str]]) -> set[tuple[str, str]]:
    """Pairs (reader, read) that the layers do not allow, of (reader, its layer, read, its layer)."""
    return {(reader, read) for reader, layer, read, other in reads if other not in MAY_READ[layer]}


def joins_on_question_alone(sql: str) -> list[str]:
    """Join conditions that name a question without its survey year (or the release year, which fixes it)."""
    plain = re.sub(r"--[^\n]*|{#.*?#}", "", sql, flags=re.DOTALL)
    conditions = [match["on"] or match["using"] or "" for match in JOIN.finditer(plain)]
    return [
        " ".join(condition.split())
        for condition in conditions
        if re.search(r"\bquestion_id\b", condition) and not re.search(r"\b(survey|release)_year\b", condition)
    ]


def layer_of(node: Mapping[str, Any]) -> str:
    kinds = {"seed": "registry", "source": "landing"}
    return kinds.get(node["resource_type"]) or str(node["fqn"][1])


def data_tests_of(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]


def test_layers_read_only_what_lies_before_them(manifest: dict[str, Any], models: dict[str, Any]) -> None:
    nodes = {**manifest["nodes"], **manifest["sources"]}
    reads = [
        (name, layer_of(model), nodes[other]["name"], layer_of(nodes[other]))
        for name, model in models.items()
        for other in model["depends_on"]["nodes"]
    ]
    assert wrong_reads(reads) == set()


def test_dbt_itself_keeps_the_landed_files_to_the_counts(models: dict[str, Any]) -> None:
    """A group for each layer that somebody answers for; dbt refuses a reader of a private model outside its group."""
    groups = {layer: {(m["group"], m["access"]) for m in models.values() if layer_of(m) == layer} for layer in LAYERS}
    assert groups == {
        "staging": {("counts", "private")},
        "intermediate": {("counts", "protected")},
        "marts": {("marts", "protected")},
        "publication": {("publication", "public")},
    }


def test_a_model_is_of_a_survey_year_or_across_years(models: dict[str, Any]) -> None:
    """One tag says which. The code of the former is in a year's fingerprint; the latter are built in every load."""
    assert {tuple(model["tags"]) for model in models.values()} == {("load",), ("survey_year",), ("cross_year",)}
    in_fingerprint = {
        name
        for name, model in models.items()
        if f"dbt_project/{model['original_file_path']}".startswith(tuple(f"{place}/" for place in CODE_OF_A_YEAR))
    }
    assert in_fingerprint == {name for name, model in models.items() if model["tags"] != ["cross_year"]}


def test_exposures_name_what_is_made_of_the_tables(manifest: dict[str, Any], models: dict[str, Any]) -> None:
    reads = {
        exposure["name"]: {node.rpartition(".")[2] for node in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }
    of_layer = {layer: {name for name, model in models.items() if layer_of(model) == layer} for layer in LAYERS}
    tables = re.compile(r"(?:from|join) (?:publication|marts|registry)\.(\w+)")
    pages = (ROOT / "orchestration" / "release" / "report").glob("*.py")
    read_by_report = {name for path in pages for name in tables.findall(path.read_text(encoding="utf-8"))}
    assert reads == {
        "published_release": of_layer["publication"],
        "marts_database": of_layer["marts"],
        "quality_report": read_by_report,
    }
    assert all(e["owner"]["name"] and e["description"] for e in manifest["exposures"].values())


def test_models_lie_in_their_layer_and_are_named_for_it(models: dict[str, Any]) -> None:
    prefixes = {"staging": ("stg_",), "intermediate": ("int_",), "marts": ("dim_", "fct_"), "publication": ("pub_",)}
    assert {layer_of(model) for model in models.values()} == set(LAYERS)
    assert [name for name, model in models.items() if not name.startswith(prefixes[layer_of(model)])] == []
    assert [name for name, model in models.items() if model["schema"] != layer_of(model)] == []


def test_no_join_is_on_the_question_alone(manifest: dict[str, Any], models: dict[str, Any]) -> None:
    code = {name: model["raw_code"] for name, model in models.items()}
    code |= {m["name"]: m["macro_sql"] for m in manifest["macros"].values() if m["package_name"] == "ncpes"}
    assert {name: found for name, sql in code.items() if (found := joins_on_question_alone(sql))} == {}
    joined = [name for name, sql in code.items() if re.search(r"\bon\b[^;]*question_id", sql)]
    assert joined, "the scan no longer sees any join on questions, so it proves nothing"


def test_every_model_begins_with_its_grain_and_describes_its_columns(models: dict[str, Any]) -> None:
    assert [name for name, model in models.items() if not model["description"].startswith("Grain: ")] == []
    silent = {
        f"{name}.{column['name']}"
        for name, model in models.items()
        for column in model["columns"].values()
        if len(column["description"]) < 3
    }
    assert silent == set()


def test_every_published_model_has_a_contract_a_key_and_a_test_of_it(
    manifest: dict[str, Any], models: dict[str, Any]
) -> None:
    tested = {
        (test["attached_node"].rpartition(".")[2], tuple(test["test_metadata"]["kwargs"]["columns"]))
        for test in data_tests_of(manifest)
        if test["test_metadata"]["name"] == "unique_key"
    }
    published = {name: model for name, model in models.items() if layer_of(model) == "publication"}
    assert len(published) >= 14
    for name, model in published.items():
        key = model["config"]["meta"].get("key")
        assert model["config"]["contract"]["enforced"], name
        assert key, name
        assert set(key) <= set(model["columns"]), name
        assert all(column["data_type"] for column in model["columns"].values()), name
        assert (name, tuple(key)) in tested, name


def test_measures_of_a_published_table_follow_its_status(manifest: dict[str, Any], models: dict[str, Any]) -> None:
    """Tables with a status and numbers; a claim's numbers differ by its kind, and a pair's status is its content."""
    own_rule = {"pub_headline_claims", "pub_comparability", "pub_status_codes"}
    with_status = {
        n for n, model in models.items() if layer_of(model) == "publication" and "status" in model["columns"]
    }
    tested = {
        test["attached_node"].rpartition(".")[2]
        for test in data_tests_of(manifest)
        if test["test_metadata"]["name"] == "measures_follow_status"
    }
    assert with_status - tested == own_rule


def test_every_test_says_what_it_is(manifest: dict[str, Any]) -> None:
    metas = [test["config"]["meta"] for test in data_tests_of(manifest)]
    ids = [meta.get("check_id", "") for meta in metas]
    assert [name for name in ids if not re.fullmatch(r"dbt_[a-z0-9_]+", name)] == []
    assert len(ids) == len(set(ids))
    assert [meta["check_id"] for meta in metas if meta.get("severity") not in SEVERITIES] == []
    assert [m["check_id"] for m in metas if not (m.get("title") and m.get("description") and m.get("affects"))] == []


def test_a_failed_test_never_stops_a_load(manifest: dict[str, Any]) -> None:
    assert {str(test["config"]["severity"]).lower() for test in data_tests_of(manifest)} == {"warn"}


def test_every_seed_and_its_columns_are_described(manifest: dict[str, Any]) -> None:
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    files = {path.stem for path in (ROOT / "dbt_project" / "seeds").glob("*.csv")}
    assert {seed["name"] for seed in seeds} == files
    assert [seed["name"] for seed in seeds if not seed["description"]] == []
    for seed in seeds:
        header = (ROOT / "dbt_project" / seed["original_file_path"]).read_text(encoding="utf-8").partition("\n")[0]
        assert [c for c in header.strip().split(",") if not seed["columns"].get(c, {}).get("description")] == []


def test_there_are_no_dbt_packages(manifest: dict[str, Any]) -> None:
    own = {node["package_name"] for node in manifest["nodes"].values()}
    assert own == {"ncpes"}
    lines = (ROOT / "dbt_project" / "packages.yml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.strip() and not line.startswith("#")] == ["packages: []"]
    assert not (ROOT / "dbt_project" / "dbt_packages").exists()


def test_telemetry_of_every_tool_is_off() -> None:
    import yaml

    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["flags"]["send_anonymous_usage_stats"] is False
    dagster = yaml.safe_load(DAGSTER_YAML)
    assert (dagster["telemetry"], dagster["nux"]) == ({"enabled": False}, {"enabled": False})
    text = (ROOT / "expectations" / "validation.py").read_text(encoding="utf-8")
    assert 'os.environ["GX_ANALYTICS_ENABLED"] = "false"' in text


@pytest.mark.parametrize(
    "sql",
    [
        "from a\njoin b on a.question_id = b.question_id",
        "from a\nleft join b\n    on\n        a.level = b.level\n        and a.question_id = b.question_id\nwhere year",
        "from a join b using (question_id, level)",
        "from a semi join b on a.question_id = b.question_id\n)\n\nselect survey_year from final",
    ],
)
def test_a_planted_join_on_the_question_alone_is_seen(sql: str) -> None:
    assert len(joins_on_question_alone(sql)) == 1


def test_a_join_on_year_and_question_is_right() -> None:
    assert joins_on_question_alone("from a join b using (survey_year, question_id)") == []
    assert (
        joins_on_question_alone("from a join b on a.survey_year = b.survey_year and a.question_id = b.question_id")
        == []
    )


@pytest.mark.parametrize(
    ("layer", "other"),
    [("publication", "intermediate"), ("publication", "staging"), ("marts", "publication"), ("staging", "registry")],
)
def test_a_planted_read_across_layers_is_seen(layer: str, other: str) -> None:
    assert wrong_reads([("reader", layer, "read", other)]) == {("reader", "read")}
