"""What keyboards do to sentences: slips and missing spaces, for training on hand-written examples as they might be typed.

Each example is learnt from as it stands and once more with noise, so that what a slip leaves of a message still counts. The noise
is drawn from the generator given: the same seed, the same sentences.
"""

from __future__ import annotations

import re
import unicodedata
from random import Random

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _ROWS for at, letter in enumerate(row)
}
_HANGUL = re.compile("[가-힣]")
# One slip in so many letters; a Korean syllable is two or three of them.
_LETTERS_A_SLIP = {True: 28, False: 14}
_VOWELS = (0x1161, 0x1175)
_FINALS = (0x11A8, 0x11C2)
_SHORTEST = 6


def slip(text: str, random: Random) -> str:
    """The text with about one letter in fourteen swapped with the next, left out, doubled or missed for a neighbour.

    Hangul is taken apart into jamo first and put together again, as an input method would.
    """
    korean = _HANGUL.search(text) is not None
    letters = list(unicodedata.normalize("NFD" if korean else "NFC", text))
    for _ in range(max(1, round(len(letters) / _LETTERS_A_SLIP[korean]))):
        at = random.randrange(len(letters))
        if letters[at].isalpha():
            _miss(letters, at, random)
    return unicodedata.normalize("NFC", "".join(letters))


def _miss(letters: list[str], at: int, random: Random) -> None:
    kind = random.random()
    if kind < 0.35 and at + 1 < len(letters):
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    elif kind < 0.65:
        del letters[at]
    elif kind < 0.8:
        letters.insert(at, letters[at])
    else:
        letters[at] = _near(letters[at], random)


def _near(letter: str, random: Random) -> str:
    if letter in _NEIGHBOURS:
        return random.choice(_NEIGHBOURS[letter])
    code = ord(letter)
    if _VOWELS[0] <= code <= _VOWELS[1]:
        return chr(min(_VOWELS[1], max(_VOWELS[0], code + random.choice((-4, -1, 1, 4)))))
    return "" if _FINALS[0] <= code <= _FINALS[1] else letter


def noisy(text: str, random: Random) -> str | None:
    """The text with slips or without its spaces, whichever the draw says; None where nothing would change or little is left."""
    if len(text) < _SHORTEST:
        return None
    changed = slip(text, random) if random.random() < 0.5 else text.replace(" ", "")
    return changed if changed and changed != text else None
