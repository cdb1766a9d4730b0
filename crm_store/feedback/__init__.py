"""Feedback and product reviews."""
