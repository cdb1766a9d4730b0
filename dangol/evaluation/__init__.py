"""How well the assistant understands, measured on any labelled file. The measures are pure functions over labels and parses."""
