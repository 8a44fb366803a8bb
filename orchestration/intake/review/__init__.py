"""What people look at after a landing. What is landed does not depend on anything here."""
