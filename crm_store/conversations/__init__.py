"""Conversations, messages, turns and the runs of actions."""
