"""Figures of merit on held-out data, as plain numbers ready for JSON."""
