"""Fixtures for all tests. Those of the bot run in its own environment, which has none of the platform's libraries."""

from __future__ import annotations

import sys

pytest_plugins = ["tests.fixtures_store"] if sys.version_info >= (3, 11) else []
