"""Boxes around things."""
