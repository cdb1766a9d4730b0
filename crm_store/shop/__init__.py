"""The shop's rules as versioned data."""
