"""Text catalogues: YAML files of key -> text or variants, with Korean particles chosen by final consonant.

A placeholder is `{name}`; `{name:이/가}` adds the particle that fits the value (both the with-final and the
without-final form are written, in that order); `{count:,}` and other format specs work as in Python.
"""

from __future__ import annotations

import random
import re
import string
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import NotFoundError

# What ends a word when it is read in Korean: "" for a vowel, "ㄹ" for rieul, "ㅇ" for any other final consonant.
_DIGIT_FINAL = {"0": "ㅇ", "1": "ㄹ", "2": "", "3": "ㅇ", "4": "", "5": "", "6": "ㅇ", "7": "ㄹ", "8": "ㄹ", "9": ""}
_LETTER_FINAL = {"l": "ㄹ", "r": "ㄹ", "m": "ㅇ", "n": "ㅇ"}  # read as letters: 엘, 알, 엠, 엔
_SIGN_FINAL = {"%": "", "+": "", "°": "", "$": "", "£": "", "€": "", "¥": "ㅇ", "₩": "ㅇ"}
# Units after a number: 500ml is read 밀리리터, 20kg 킬로그램, 30dB 데시벨; all others end in a vowel (리터, 미터, 와트).
_UNIT_FINAL = {"g": "ㅇ", "kg": "ㅇ", "mg": "ㅇ", "db": "ㄹ"}
_UNIT = re.compile(r"\d\s?(ml|l|g|kg|mg|cm|mm|km|m|db|w|v|hz|mah|kcal|gb|mb|tb)$", re.IGNORECASE)
_MONEY = re.compile(r"([$£€¥₩])\s?\d[\d.,]*$")
# Latin words by their spelling, as they are written in Hangul: 라인 for line, 애플 for apple, 재킷 for jacket.
_WORD = re.compile(r"[a-z]+$", re.IGNORECASE)
_RIEUL_END = re.compile(r"l+$|(?:[aeiouy]l+|[bcdfgkptz]l)e$")
_VOWEL_END = re.compile(r"(?:^|[^a-z])(?:set|kit|mat|hit|bit)$")
_CONSONANT_END = re.compile(r"[mn]+$|[aeiouy][mn]+e$|ng$|ck$|ook$|[^aeiou][aeiou][kpctb]$|eep$|bag$")

_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])\W*$")
# Pairs that people write with the form after a vowel in front; all others are written the other way round.
_VOWEL_FIRST = frozenset({"와/과", "가/이", "는/은", "를/을", "로/으로", "예요/이에요", "랑/이랑", "나/이나", "야/아"})


def final_consonant(word: str) -> str:
    """How the word ends as read in Korean: "" in a vowel, "ㄹ" in rieul, "ㅇ" in another consonant."""
    word = unicodedata.normalize("NFKC", word)
    if money := _MONEY.search(word):
        return _SIGN_FINAL[money[1]]
    for end in range(len(word), 0, -1):
        letter = word[end - 1]
        if "가" <= letter <= "힣":
            final = (ord(letter) - ord("가")) % 28
            return "" if final == 0 else "ㄹ" if final == 8 else "ㅇ"
        if letter in _SIGN_FINAL:
            return _SIGN_FINAL[letter]
        if letter.isalnum():
            return _DIGIT_FINAL.get(letter, "") if letter.isdigit() else _latin_final(word[:end])
    return ""


def _latin_final(word: str) -> str:
    if unit := _UNIT.search(word):
        return _UNIT_FINAL.get(unit[1].lower(), "")
    found = _WORD.search(word)
    if found is None:
        return ""
    end = found[0]
    if len(end) == 1 or (end.isupper() and (len(end) <= 3 or not re.search("[AEIOU]", end))):  # M, XL, USB
        return _LETTER_FINAL.get(end[-1].lower(), "")
    end = end.lower()
    if _RIEUL_END.search(end):
        return "ㄹ"
    return "ㅇ" if _CONSONANT_END.search(end) and not _VOWEL_END.search(end) else ""


def with_particle(word: str, pair: str) -> str:
    """`word` with the particle of `pair` ("은/는", "을/를", "으로/로") that fits its end."""
    first, second = pair.split("/")
    after_consonant, after_vowel = (second, first) if pair in _VOWEL_FIRST else (first, second)
    read = word
    # What stands in brackets at the end is read over: 타월 (아이보리)을, as 타월을.
    while (shorter := _BRACKETS.sub("", read)) not in ("", read):
        read = shorter
    final = final_consonant(read)
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
