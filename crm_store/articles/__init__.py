"""Articles of the knowledge base and their versions."""
