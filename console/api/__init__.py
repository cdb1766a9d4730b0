"""The staff API, /api/v1/staff."""
