"""What the examples assume about patients: rounded figures of the size seen in the published 2018 results.

Belongs here: numbers with a meaning for the survey. Does not belong here: how they are used, or anything the registry
states (scores, bases, options and routing are read from it). Calibration fixes the national totals; these numbers
decide only who is in them. Official statistics of NHS England, Open Government Licence v3.0; what no published table
shows (age, ethnicity, who answers) is a plain guess.
"""

from __future__ import annotations

from typing import NamedTuple

# Share of respondents by tumour group.
TUMOUR_GROUPS: dict[str, float] = {
    "brain_and_cns": 0.005,
    "breast": 0.210,
    "colorectal": 0.110,
    "gynaecological": 0.049,
    "haematological": 0.162,
    "head_and_neck": 0.026,
    "lung": 0.063,
    "other": 0.103,
    "prostate": 0.108,
    "sarcoma": 0.009,
    "skin": 0.028,
    "upper_gastro": 0.046,
    "urological": 0.082,
}


class Patients(NamedTuple):
    """Patients of a tumour group: share of women, mean and spread of age in years, how content they are (logits)."""

    female: float
    age_mean: float
    age_spread: float
    contentment: float


PATIENTS: dict[str, Patients] = {
    "brain_and_cns": Patients(0.42, 56, 14, -0.40),
    "breast": Patients(0.992, 62, 12.5, 0.12),
    "colorectal": Patients(0.42, 68, 11.5, 0.03),
    "gynaecological": Patients(1.0, 65, 12.5, -0.03),
    "haematological": Patients(0.43, 66, 13.5, 0.0),
    "head_and_neck": Patients(0.33, 63, 11, 0.0),
    "lung": Patients(0.49, 69, 9.5, 0.0),
    "other": Patients(0.53, 65, 13, -0.15),
    "prostate": Patients(0.0, 70, 8.5, 0.05),
    "sarcoma": Patients(0.46, 58, 16, -0.25),
    "skin": Patients(0.47, 64, 15, 0.35),
    "upper_gastro": Patients(0.33, 68, 10, -0.10),
    "urological": Patients(0.24, 71, 11, -0.10),
}

# Treatments by tumour group in the order of TUMOUR_GROUPS: share who had each, by the concept that routes.
TREATED: dict[str, tuple[float, ...]] = {
    "had_operation": (0.72, 0.80, 0.76, 0.72, 0.14, 0.74, 0.39, 0.45, 0.39, 0.72, 0.86, 0.48, 0.84),
    "was_inpatient": (0.74, 0.69, 0.81, 0.78, 0.42, 0.85, 0.55, 0.53, 0.45, 0.77, 0.52, 0.66, 0.81),
    "had_radiotherapy": (0.62, 0.53, 0.18, 0.26, 0.12, 0.56, 0.30, 0.25, 0.28, 0.24, 0.05, 0.24, 0.12),
    "had_chemotherapy": (0.71, 0.50, 0.61, 0.56, 0.72, 0.31, 0.61, 0.54, 0.23, 0.43, 0.10, 0.71, 0.33),
    "had_diagnostic_test": (0.79, 0.92, 0.95, 0.90, 0.74, 0.93, 0.96, 0.91, 0.91, 0.91, 0.86, 0.95, 0.95),
}
# Standard deviation between trusts of having had a treatment there, in logits: many have no radiotherapy machine.
TREATED_TRUST_SPREAD = {"had_radiotherapy": 1.2, "had_chemotherapy": 0.5}
# Logits by which those under 65 are likelier to be in the base of a question ("it was not necessary" leaves it).
YOUNGER_NEED: dict[str, float] = {
    "financial_help_info": 1.4,
    "free_prescriptions_told": 1.6,
    "impact_daily_life_info": 0.8,
    "support_groups_info": 0.5,
}

# Effects on contentment in logits, by age group in order of age, sex (female, male), ethnic group, IMD 1 to 5.
AGE_EFFECT = (-0.35, -0.40, -0.32, -0.18, -0.04, 0.06, 0.08, -0.04)
SEX_EFFECT = (0.0, 0.07)
ETHNIC_EFFECT = (0.0, -0.18, -0.30, -0.22, -0.25)
IMD_EFFECT = (-0.05, -0.02, 0.0, 0.01, 0.03)
# Spread of what each question adds of its own to those effects, in logits.
OWN_EFFECT = {"age_group": 0.08, "sex": 0.07, "ethnic_group": 0.10, "imd_quintile": 0.03, "tumour_group": 0.13}

# Standard deviation between trusts in logits, by concept; the questions not named differ little between trusts. Found
# from the adjusted scores of half the trusts in 2018 (Paule-Mandel), where a quarter had a reliability of 0.7 and more.
TRUST_SPREAD_DEFAULT = 0.125
TRUST_SPREAD: dict[str, float] = {
    "research_discussed": 0.48,
    "who_to_contact_after": 0.35,
    "cns_named": 0.35,
    "asked_preferred_name": 0.33,
    "wait_at_clinics": 0.30,
    "support_groups_info": 0.29,
    "financial_help_info": 0.27,
    "told_could_bring_family": 0.26,
    "cns_ease_contact": 0.26,
    "gp_given_info": 0.26,
    "enough_nurses": 0.24,
    "discharge_written_info": 0.23,
    "community_care_during": 0.23,
    "community_care_after": 0.23,
    "privacy_discussing": 0.21,
    "test_info_beforehand": 0.21,
    "administration": 0.20,
    "free_prescriptions_told": 0.20,
    "impact_daily_life_info": 0.20,
    "outpatient_worries_fears": 0.19,
    "care_plan": 0.19,
    "confidence_ward_nurses": 0.18,
    "confidence_doctors": 0.18,
    "overall_rating": 0.18,
}
TRUST_MEMORY = 0.93  # correlation of a trust's effect with its own of the year before
CCG_SPREAD = 0.06
HALO = 0.9  # a person's own contentment, shared by all answers, in logits

# Specialist trusts: size in average trusts, and the mix of their tumour groups. The last two are nearly empty.
SPECIALIST_TRUSTS: tuple[tuple[float, dict[str, float]], ...] = (
    (0.20, {"sarcoma": 0.80, "other": 0.12, "skin": 0.05}),
    (0.35, {"lung": 0.72, "upper_gastro": 0.20, "other": 0.05}),
    (2.20, {**TUMOUR_GROUPS, "sarcoma": 0.04, "brain_and_cns": 0.02}),
    (0.30, {"gynaecological": 0.62, "breast": 0.36}),
    (0.14, {"brain_and_cns": 0.93, "other": 0.05}),
    (0.40, {"skin": 0.55, "head_and_neck": 0.35, "breast": 0.08}),
    (0.05, {"haematological": 0.70, "brain_and_cns": 0.15, "sarcoma": 0.10}),
    (0.025, {"head_and_neck": 0.60, "skin": 0.30}),
)

ALL_POSITIVE_CELLS = 8  # planted trust x question cells whose every answer is positive; small trusts add more by chance

# Who is mailed and who answers.
RESPONSE_RATE = 0.64  # where the registry states none
UNUSABLE_SHARE = 0.0005  # forms that come back empty, as a share of respondents
NOT_MAILABLE = {"undelivered": 0.012, "deceased": 0.045, "ineligible": 0.010, "opted_out_before_mailing": 0.004}
OPTED_OUT_OF_NON_RESPONDENTS = 0.12
# Effects on answering at all in logits, in the orders above.
RESPONSE_TRUST_SPREAD = 0.15
AGE_RESPONSE = (-1.1, -1.0, -0.7, -0.4, 0.0, 0.3, 0.15, -0.35)
ETHNIC_RESPONSE = (0.0, -0.5, -0.75, -0.7, -0.6)
IMD_RESPONSE = (-0.40, -0.15, 0.0, 0.12, 0.20)

IMD_SHARE = (0.16, 0.19, 0.21, 0.22, 0.22)
MINORITY_SHARE = (0.13, 0.49, 0.26, 0.12)  # mixed, asian, black, other among those who are not white
NO_CCG_SHARE = 0.0008  # patients with every covariate but no English CCG; those without an IMD quintile add to them

# Covariates that are missing: the national share where the registry gives no other base, and which covariate it is.
INCOMPLETE_SHARE = 0.006
MISSING_COVARIATE = {"imd_quintile": 0.72, "ethnic_group": 0.20, "birth_year": 0.05, "sex": 0.03}
# People without all covariates are less often positive; a guess that keeps Q22 of 2018 at 60.4 on all answers.
INCOMPLETE_LESS_POSITIVE = 0.06

# Answers.
MISSING_ANSWER_SHARE = 0.02  # of those who were to answer, where excluded options leave a choice
UNROUTED_ANSWERS = 40  # people a year who answer what the routing let them skip
COMMENT_SHARE = 0.004
RATING_SHAPE = (0.0005, 0.0007, 0.0015, 0.0025, 0.0045, 0.0140, 0.0190, 0.0640, 0.2190, 0.2580, 0.4163)
# The first option of a role is chosen most; each further one this much less often than the one before.
NEXT_OPTION = 0.40
GROUP_OPTION = {"english_first_language": 0.06, "sexual_orientation": 0.02, "questionnaire_filled_in_by": 0.30}

# The ICD-10 prefixes that most patients of a tumour group have; those of one sex; those without a fourth character.
COMMON_ICD10 = "C09 C15 C16 C18 C20 C25 C32 C34 C43 C49 C50 C54 C56 C61 C64 C67 C71 C73 C80 C83 C85 C90 C91 C92"
MALE_ICD10 = "C60 C61 C62 C63"
FEMALE_ICD10 = "C51 C52 C53 C54 C55 C56 C57 C58"
UNDIVIDED_ICD10 = "C01 C07 C12 C19 C20 C23 C33 C37 C52 C55 C58 C61 C64 C65 C66 C73 C97 D45"
