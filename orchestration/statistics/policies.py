"""What the statistics must be told, as protocols: any object with these attributes serves (the registry's policies do).

Belongs here: the shape of a policy. Does not belong here: the policies themselves, which are rows of the registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

# Values that the policy fields may take. They are checked where they are used, so that a new one cannot pass unnoticed.
METHODS: Final = ("fe_margins", "indirect_additive", "indirect_ratio")
OVER_DISPERSIONS: Final = ("published", "corrected")
ALL_POSITIVE_RULES: Final = ("exact", "first_code_fault")
MISSING_COVARIATE_RULES: Final = ("complete_cases", "unknown_category")
CHANGE_RULES: Final = ("benjamini_hochberg", "fixed_z")


class CaseMixPolicy(Protocol):
    """How a year's scores are adjusted, ranged and compared (registry seed `case_mix_policies`)."""

    @property
    def policy_id(self) -> str:
        """Name of the policy."""

    @property
    def method(self) -> str:
        """Form of the adjusted score, one of METHODS."""

    @property
    def covariates(self) -> Sequence[str]:
        """Columns of the covariates, in any order."""

    @property
    def missing_covariate_rule(self) -> str:
        """One of MISSING_COVARIATE_RULES."""

    @property
    def over_dispersion(self) -> str:
        """Which tau2 the expected range and the band use, one of OVER_DISPERSIONS."""

    @property
    def winsorise_share(self) -> float:
        """Share winsorised in each tail of the z scores (0.2)."""

    @property
    def z_unadjusted(self) -> float:
        """Normal quantile of unadjusted limits."""

    @property
    def z_adjusted(self) -> float:
        """Normal quantile of adjusted limits."""

    @property
    def z_expected(self) -> float:
        """Normal quantile of the 95% expected range."""

    @property
    def z_expected_outer(self) -> float:
        """Normal quantile of the 99.8% expected range."""

    @property
    def reliability_minimum_organisations(self) -> int:
        """Fewest organisations for which reliability is given."""

    @property
    def reliability_target(self) -> float:
        """Reliability from which a score is counted as reliable (0.7)."""

    @property
    def all_positive_rule(self) -> str:
        """What an organisation with only positive (or only negative) answers gets, one of ALL_POSITIVE_RULES."""


class ChangePolicy(Protocol):
    """How changes over time are flagged (registry seed `case_mix_policies`)."""

    @property
    def change_rule(self) -> str:
        """One of CHANGE_RULES."""

    @property
    def change_threshold(self) -> float:
        """False discovery rate (benjamini_hochberg) or |z| (fixed_z) beyond which a change is flagged."""

    @property
    def z_unadjusted(self) -> float:
        """Normal quantile of the interval of a difference."""


class DisplayPolicy(Protocol):
    """How the numbers of one kind of table are printed (registry seed `display_policies`)."""

    @property
    def table_kind(self) -> str:
        """The kind of table: unadjusted, year_on_year, adjusted or rating."""

    @property
    def score_rounding(self) -> str:
        """`once`, or `twice` (first to one decimal more, then half up again)."""

    @property
    def score_decimals(self) -> int:
        """Decimals printed, of a percentage or of rating points."""

    @property
    def limit_decimals(self) -> int:
        """Decimals of printed limits."""

    @property
    def limit_pre_round_decimals(self) -> int | None:
        """Decimals to which a limit is rounded before it is rounded for print; None: not before."""


def choose_display(policies: Iterable[DisplayPolicy], table_kind: str) -> DisplayPolicy:
    """The display policy of a kind of table.

    Raises ValueError, naming the kinds that exist, where none or several match.
    """
    found = list(policies)
    matching = [policy for policy in found if policy.table_kind == table_kind]
    if len(matching) != 1:
        kinds = ", ".join(sorted(policy.table_kind for policy in found)) or "none"
        raise ValueError(
            f"{len(matching)} display policies for table_kind {table_kind!r}, one is needed; there are: {kinds}. "
            "Add or remove rows of the seed display_policies."
        )
    return matching[0]


def require_choice(name: str, value: str, choices: Sequence[str]) -> str:
    """`value` if it is one of `choices`; ValueError naming field, value and choices otherwise."""
    if value not in choices:
        raise ValueError(
            f"Policy field {name} is {value!r}; choose one of {', '.join(choices)} in the seed case_mix_policies."
        )
    return value
