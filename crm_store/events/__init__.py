"""The event log that live views follow, ids increasing in commit order."""
