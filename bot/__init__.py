"""What runs inside the Rasa server: tokenizer, intent classifier, entity extractor and channel (Python 3.10)."""
