"""Language models: the next character or piece of a text."""
