"""The Telegram gateway: long polling, updates worked through, replies delivered, in one process."""
