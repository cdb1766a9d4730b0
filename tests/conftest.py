"""Fixtures for all tests. Those of the bot run in its own environment, which has none of the platform's libraries."""

from __future__ import annotations

import os
import sys

from hypothesis import settings

# As `dangol run` sets it, before numpy is imported: idle OpenMP threads would spin on the other tests' cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest_plugins = ["tests.fixtures_store"] if sys.version_info >= (3, 11) else []

# A busy machine is no fault of the code: slowness is measured elsewhere.
settings.register_profile("dangol", deadline=None)
settings.load_profile("dangol")
