"""Regular deliveries and what became of each."""
