"""Package managers and languages, as data."""
