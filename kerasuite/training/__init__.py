"""How a model learns: the machine's set-up, what a run remembers, and its callbacks."""
