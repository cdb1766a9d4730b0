"""Tasks of several turns: forms whose state lives in the store, so that a repeated or retried turn finds them as they were."""
