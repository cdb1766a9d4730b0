"""Text catalogues: YAML files of key -> text or variants, with Korean particles chosen by final consonant.

A placeholder is `{name}`; `{name:이/가}` adds the particle that fits the value (both the with-final and the
without-final form are written, in that order); `{count:,}` and other format specs work as in Python.
"""

from __future__ import annotations

import random
import re
import string
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import NotFoundError

# How a digit or Latin letter is read at the end of a word: does its Korean reading end in a consonant?
_DIGIT_FINAL = {"0": "ㅇ", "1": "ㄹ", "2": "", "3": "ㅁ", "4": "", "5": "", "6": "ㄱ", "7": "ㄹ", "8": "ㄹ", "9": ""}
_LETTER_FINAL = {"l": "ㄹ", "r": "ㄹ", "m": "ㅁ", "n": "ㄴ"}


_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
# Pairs that people write with the form after a vowel in front; all others are written the other way round.
_VOWEL_FIRST = frozenset({"와/과", "가/이", "는/은", "를/을", "로/으로", "예요/이에요", "랑/이랑", "나/이나", "야/아"})


def final_consonant(word: str) -> str:
    """The final consonant of the last letter as read in Korean: "" for none, "ㄹ" for rieul, another letter otherwise."""
    for letter in reversed(word):
        if "가" <= letter <= "힣":
            final = (ord(letter) - ord("가")) % 28
            return "" if final == 0 else "ㄹ" if final == 8 else "ㅇ"
        if letter.isdigit():
            return _DIGIT_FINAL.get(letter, "")
        if letter.isalpha():
            return _LETTER_FINAL.get(letter.lower(), "")
    return ""


def with_particle(word: str, pair: str) -> str:
    """`word` with the particle of `pair` ("은/는", "을/를", "으로/로") that fits its end."""
    first, second = pair.split("/")
    after_consonant, after_vowel = (second, first) if pair in _VOWEL_FIRST else (first, second)
    # What stands in brackets at the end is read over: 타월 (아이보리)을, as 타월을.
    final = final_consonant(_BRACKETS.sub("", word) or word)
    if after_vowel == "로" and final == "ㄹ":
        final = ""
    return word + (after_consonant if final else after_vowel)


class _ParticleFormatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if "/" in format_spec:
            return with_particle(str(value), format_spec)
        return str(super().format_field(value, format_spec))


_FORMATTER = _ParticleFormatter()


class Catalogue:
    """The texts of one package: files `ko.yml`, `en.yml` or `<area>.ko.yml` in a folder, mappings of key to text or variants.

    Raises ValueError when two files of a language have the same key.
    """

    def __init__(self, folder: Path) -> None:
        self._texts: dict[str, dict[str, str | list[str]]] = {}
        for path in sorted(folder.glob("*.yml")):
            texts = self._texts.setdefault(path.stem.rpartition(".")[2], {})
            more: dict[str, str | list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
            if twice := texts.keys() & more.keys():
                raise ValueError(f"{path.name}: {', '.join(sorted(twice))} is in another file too")
            texts.update(more)

    def locales(self) -> list[str]:
        """Languages that have a file."""
        return list(self._texts)

    def keys(self, locale: str) -> set[str]:
        """All keys of a language."""
        return set(self._texts[locale])

    def say(self, key: str, locale: str, *, seed: str = "", **values: object) -> str:
        """The text of `key`, filled in. Among variants `seed` chooses, so that a retried turn says the same again.

        Raises NotFoundError("text_missing") for an unknown key and KeyError for a placeholder without a value.
        """
        text = self._texts[locale].get(key)
        if text is None:
            raise NotFoundError("text_missing", key=key, locale=locale)
        if isinstance(text, list):
            text = random.Random(f"{seed}:{key}").choice(text)
        return _FORMATTER.vformat(text, (), values)


@cache
def catalogue(folder: Path) -> Catalogue:
    """The catalogue of a folder, read once a process."""
    return Catalogue(folder)
