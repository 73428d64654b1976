"""Several questions about one picture."""
