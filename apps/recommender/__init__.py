"""Ratings foretold, and items found, for each user."""
