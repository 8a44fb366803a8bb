"""Publication: requirements, signatures, catalogue, withdrawal, status."""
