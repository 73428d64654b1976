"""The models by family: each file lists its `SPECS`. Imports no deep-learning framework."""
