"""The policies of the registry, as the tests use them; the test of the seeds themselves is not here."""

from pathlib import Path

from orchestration.registry import load_registry

_REGISTRY = load_registry(Path(__file__).resolve().parents[3] / "dbt_project" / "seeds")

OWN = _REGISTRY.case_mix_policy("own")
NCPES_2018 = _REGISTRY.case_mix_policy("ncpes_2018")
NCPES_2018_DISPLAY = {policy.table_kind: policy for policy in _REGISTRY.display_policies_of(2018)}
