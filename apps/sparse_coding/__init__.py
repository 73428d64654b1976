"""Patches of photographs into few numbers each."""
