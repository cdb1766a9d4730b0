"""The front door: the web chat API, Telegram, turns, and outbound delivery."""
