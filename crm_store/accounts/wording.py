"""What people call a consent."""

from __future__ import annotations

from pathlib import Path

from core.language import as_locale
from core.texts import catalogue

_TEXTS = Path(__file__).parent / "texts"


def consent_name(purpose: str, channel: str, language: str) -> str:
    """An advertising consent in words: 이메일 광고성 정보, advertising (e-mail)."""
    texts, locale = catalogue(_TEXTS), as_locale(language)
    what, where = texts.say(f"purpose_{purpose}", locale), texts.say(f"channel_{channel}", locale)
    return f"{where} {what}" if locale == "ko" else f"{what} ({where})"
