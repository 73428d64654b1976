"""Restricted Boltzmann machines, one above the other."""
