"""Messages that are to leave, and what became of each."""
