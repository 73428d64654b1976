"""The first neurons, and what they could not learn."""
