"""Where people look in a picture."""
