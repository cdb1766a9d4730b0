"""The outbound port: what the shop's own system must agree to."""
