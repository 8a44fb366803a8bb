"""Case-mix adjustment of a survey year: models, adjusted scores, expected ranges, reliability."""
