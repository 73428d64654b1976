"""Clips into classes."""
