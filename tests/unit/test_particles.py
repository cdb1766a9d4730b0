"""Korean particles after names, numbers, units, money and Latin words: chosen by how the word is read."""

from __future__ import annotations

import random
import unicodedata

import pytest

from core.money import Money
from core.texts import final_consonant, with_particle

# Pair, form after a consonant, form after a vowel, form after rieul.
FORMS = [
    ("을/를", "을", "를", "을"),
    ("은/는", "은", "는", "은"),
    ("이/가", "이", "가", "이"),
    ("와/과", "과", "와", "과"),
    ("과/와", "과", "와", "과"),
    ("이에요/예요", "이에요", "예요", "이에요"),
    ("예요/이에요", "이에요", "예요", "이에요"),
    ("으로/로", "으로", "로", "로"),
    ("로/으로", "으로", "로", "로"),
]
CONSONANT = [
    "쿠폰", "쿠션팩트 3", "0", "10", "10,000", "10,000원", "세 번", "6", "DG26010003", "M", "N", "m", "XXM", "SPF50",
    "Karen", "Kim", "Black", "Book", "Classic", "Cup", "Jacket", "Phone", "Line", "Game", "Spring", "CREAM",
    "a@shop.com", "a@shop.net", "500g", "20 kg", "로션 (2개)", "수건 (아이보리)", "크림(대)", "크림 [소]", "'쿠폰'",
    "“봄”", "¥1,000", "₩1,000", "쿠폰 (소) (한정)",
]  # fmt: skip
VOWEL = [
    "커피", "3개", "2", "4", "5", "9", "3.5", "010-0123-4562", "Emma", "Toner", "Color", "Rose", "Café", "USB", "S",
    "FREE", "A4", "Cake", "£10.50", "Set", "Mint", "Food", "Coffee", "SPF50+", "PA+++", "50%", "500ml", "500 ml",
    "500㎖", "1L", "30m", "10cm", "20℃", "60W", "$9.99", "€3", "11월 3일 화", "단골가게", "로즈 토너 (150)",
    "“나무”", "커피!!", "해 ☀", "🐙", "", "!!",
]  # fmt: skip
RIEUL = [
    "서울", "1", "7", "8", "21", "1,008", "L", "XL", "2XL", "타월 (아이보리)", "R", "PR", "Dangol", "DANGOL", "Apple",
    "Style", "Girl", "Noodle", "a@mail.example", "30dB", "오일 (50ml)", "[봄] 물", "11월 3일", "11월 3일(토)!",
    "'길'",
]  # fmt: skip


@pytest.mark.parametrize(("pair", "consonant", "vowel", "rieul"), FORMS)
def test_every_pair_follows_the_reading(pair: str, consonant: str, vowel: str, rieul: str) -> None:
    for words, particle in ((CONSONANT, consonant), (VOWEL, vowel), (RIEUL, rieul)):
        assert [with_particle(word, pair) for word in words] == [word + particle for word in words]


def test_hangul_follows_its_final_letter() -> None:
    """Every syllable, whole or written in separate letters, also with marks behind and brackets read over."""
    for code in range(ord("가"), ord("힣") + 1):
        syllable = chr(code)
        final = unicodedata.normalize("NFD", syllable)[2:]
        expected = {"": "", "\u11af": "ㄹ"}.get(final, "ㅇ")
        for word in (syllable, unicodedata.normalize("NFD", syllable), f"“{syllable}”", f"{syllable}…"):
            assert final_consonant(word) == expected, word
        assert with_particle(f"{syllable} (소)", "을/를") == f"{syllable} (소)" + ("을" if expected else "를")


def test_numbers_follow_their_last_digit_however_long() -> None:
    numbers = random.Random(4)
    for number in (numbers.randrange(10**12) for _ in range(2000)):
        last = number % 10
        expected = "을" if last in (0, 1, 3, 6, 7, 8) else "를"
        to = "으로" if last in (0, 3, 6) else "로"
        assert with_particle(f"{number:,}", "을/를")[-1] == expected
        assert with_particle(str(number), "으로/로") == f"{number}{to}"


def test_money_is_read_in_its_currency() -> None:
    numbers = random.Random(5)
    for amount in (numbers.randrange(10**8) for _ in range(500)):
        assert with_particle(Money(amount).format("ko"), "을/를").endswith("원을")
        assert with_particle(Money(amount, "GBP").format("ko"), "을/를").endswith("를")
        assert with_particle(Money(amount, "USD").format("ko"), "으로/로").endswith(
            tuple(f"{digit}로" for digit in range(10))
        )


def test_a_particle_only_adds_to_the_word() -> None:
    letters = random.Random(6)
    for _ in range(3000):
        word = "".join(
            chr(letters.choice((letters.randrange(32, 127), letters.randrange(0xAC00, 0xD7A4)))) for _ in range(6)
        )
        for pair, *forms in FORMS:
            said = with_particle(word, pair)
            assert said.startswith(word)
            assert said.removeprefix(word) in forms
