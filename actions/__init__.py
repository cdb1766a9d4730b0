"""Custom actions for Rasa: tracker -> use case -> reply, one transaction each."""
