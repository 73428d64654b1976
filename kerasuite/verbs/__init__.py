"""What the words of the `kerasuite` command do. Each imports what it needs when it is called."""
