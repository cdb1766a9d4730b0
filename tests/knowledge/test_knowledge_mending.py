"""English mended before it is compared: slips, words run together, and what is left alone."""

from __future__ import annotations

import pytest

from knowledge.lexical import sound
from knowledge.mending import Mender

TEXTS = [
    "how do I return an item",
    "when does my refund arrive",
    "which coupons can I use",
    "is there a delivery fee",
    "many days",
    "can I pay with Tosspay",
    "tosspay refund",
    "tosspay fee",
    "don't I get points",
]


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("wehn does my refnud arive", "when does my refund arrive"),
        ("wich cuopons can i use", "which coupons can i use"),
        ("howdoireturnanitem", "how do i return an item"),
        ("dontigetpoints?", "dont i get points?"),
        ("my parrot broke the tosspay", "my parrot broke the tosspay"),
        ("btn thx zzz", "btn thx zzz"),
        ("배송비 얼마", "배송비 얼마"),
        ("", ""),
    ],
)
def test_mending(written: str, mended: str) -> None:
    assert Mender(TEXTS).mend(written) == mended


def test_nothing_learnt_mends_nothing() -> None:
    assert Mender([]).mend("wehn does my refnud arive") == "wehn does my refnud arive"


def test_sounds_run_on() -> None:
    assert sound("상품이") == sound("상푸미")
    assert sound("왜") == sound("웨")
    assert sound("abc 1") == "abc 1"
