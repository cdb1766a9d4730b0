"""Readers of one kind of entity each. Pure, over `re` and tables: importable from any Python, nothing of Rasa here."""
