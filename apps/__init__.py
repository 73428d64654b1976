"""The suite's apps: one folder each."""
