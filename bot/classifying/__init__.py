"""The network that hears the order of words, beside the linear model of the intent classifier (docs/adr/0018)."""
