"""Wishlists, restock alerts and product views."""
