"""A shop's own data coming in."""
