"""Proof that nothing hidden can be worked out from published figures: register, bounds, certificates, verifier."""
