"""Facts derived once from the built original."""
