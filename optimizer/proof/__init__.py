"""The judge: builds, compares and runs before and after."""
