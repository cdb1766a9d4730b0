"""The calibration of an embedding model that a shop chose, kept in its home: fitting one takes minutes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from core.settings import Settings
from knowledge.faq import Calibration, Curve


def kept_file(settings: Settings) -> Path:
    """Where it lies."""
    return settings.var / "calibration.json"


def keep_calibration(settings: Settings, model: str, fitted: Calibration) -> None:
    """Keep what was fitted for a model, in place of any other's."""
    path = kept_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.new")
    aside.write_text(json.dumps({"model": model, **asdict(fitted)}, indent=2) + "\n", encoding="utf-8")
    os.replace(aside, path)


def find_calibration(settings: Settings, model: str) -> Calibration | None:
    """What was kept for this model; None where nothing was, or the file is of another version."""
    try:
        stored = json.loads(kept_file(settings).read_text(encoding="utf-8"))
        if stored["model"] != model:
            return None
        curves = {locale: Curve(**values) for locale, values in stored["curves"].items()}
        return Calibration(curves, stored["answer_from"], stored["ask_from"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
