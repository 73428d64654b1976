"""Exported models that ship with the package; your own exports join them when you work in here."""
