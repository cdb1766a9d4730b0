"""Korean and English morphemes by Kiwi, as a Rasa tokenizer.

    쿠폰을 주문했어요 Order  ->  쿠폰 | 을 | 주문 | 했(하다) | 했(었) | 어요 | Order(order)

A token's text is what stands in the message at `start`:`end`; its lemma is the dictionary form (verbs with 다, English in
lower case, words run together taken apart); its part of speech (Sejong tags: NNG, VV, JKO, SL ...) is under "pos".
Syllables in which morphemes run together (했) are shared by two tokens.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from kiwipiepy import Kiwi
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot.glued import spaced

_VERBAL = ("VV", "VA", "VX", "VC")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@cache
def load_kiwi() -> Kiwi:
    """One Kiwi a process: it takes a second and 0.3 GB to load (0.5 GB with the multi-word dictionary, not needed here)."""
    return Kiwi(num_workers=1, load_multi_dict=False)


def lemma_of(form: str, tag: str) -> str:
    """The dictionary form by which a morpheme is counted."""
    return f"{form}다" if tag.startswith(_VERBAL) else form.lower()


def morphemes(text: str) -> list[Token]:
    """The morphemes of `text` with offsets into it; the whole text as one token where Kiwi finds none (blanks)."""
    apart = spaced(_LONE_SURROGATE.sub("\ufffd", text))
    found = load_kiwi().tokenize(apart.text, normalize_coda=True)
    return [_token(text, one.form, one.tag, *apart.span(one.start, one.end)) for one in found] or [Token(text, 0)]


def _token(text: str, form: str, tag: str, start: int, end: int) -> Token:
    return Token(text[start:end] or form, start, end, data={"pos": tag, "form": form}, lemma=lemma_of(form, tag))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class KiwiTokenizer(Tokenizer):
    """Rasa's tokenizer interface over `morphemes`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Intent names are not split."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_"}

    @staticmethod
    def required_packages() -> list[str]:
        """What Rasa checks to be installed before training."""
        return ["kiwipiepy"]

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The morphemes of one attribute (text) of a message."""
        return morphemes(str(message.get(attribute)))
