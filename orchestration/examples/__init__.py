"""Example returns: invented patients and organisations whose national results equal the published ones.

Belongs here: respondent-level sample and response files made from the questionnaire registry alone, labelled synthetic.
Does not belong here: rebuilding real published tables (`rehearsal`), reading returns (`intake`).
"""

from __future__ import annotations

from orchestration.examples.errors import ExampleError
from orchestration.examples.identifiers import PLANTED_IDENTIFIERS
from orchestration.examples.returns import DEFAULT_SEED, ExampleReturn, write_examples

__all__ = ["DEFAULT_SEED", "PLANTED_IDENTIFIERS", "ExampleError", "ExampleReturn", "write_examples"]
