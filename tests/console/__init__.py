"""Tests of the staff API and the console."""
