"""Pictures, or points, made of noise."""
