"""A price from a row of a table."""
