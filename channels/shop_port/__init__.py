"""The outbound port: what the shop's own system must agree to goes there as a signed webhook, and its decision comes back."""
