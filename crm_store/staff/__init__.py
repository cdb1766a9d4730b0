"""Staff, their sessions and roles, and the audit log."""
