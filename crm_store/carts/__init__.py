"""Carts, and what is reserved in them."""
