"""Pictures made larger."""
