"""Pictures of sentences."""
