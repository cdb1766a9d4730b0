"""Settings, errors, logging, clock, money, ids and texts. Knows nothing of the shop."""
