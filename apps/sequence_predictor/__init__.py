"""Next samples of a signal: a window or a memory."""
