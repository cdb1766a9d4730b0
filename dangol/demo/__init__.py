"""The demonstration shop: its catalogue, people, history and logins."""
