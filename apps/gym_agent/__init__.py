"""Agents on Gymnasium environments."""
