"""Tests of the questionnaire registry."""
