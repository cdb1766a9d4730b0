"""The public chat API, /api/v1/chat."""
