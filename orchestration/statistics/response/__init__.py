"""Who answered: item non-response and weights against non-response."""
