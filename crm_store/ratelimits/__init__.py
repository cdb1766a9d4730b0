"""Counters of attempts per window, shared by all replicas."""
