"""What each choice of training does, one at a time."""
