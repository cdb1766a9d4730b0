"""Start the action server: `python -m actions`."""

from __future__ import annotations

from actions.server import serve
from core.logging import configure_logging
from core.settings import load_settings

configure_logging("actions")
serve(load_settings())
