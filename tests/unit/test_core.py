"""Texts, particles, language, money, ids, settings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import settings as settings_module
from core.clock import local_date
from core.errors import NotFoundError
from core.ids import new_code, new_id
from core.language import as_locale, detect
from core.money import Money
from core.settings import load_settings
from core.texts import Catalogue, with_particle

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("쿠폰", "을/를", "쿠폰을"),
        ("커피", "을/를", "커피를"),
        ("민수", "이/가", "민수가"),
        ("서울", "으로/로", "서울로"),
        ("부산", "으로/로", "부산으로"),
        ("1", "으로/로", "1로"),
        ("3", "은/는", "3은"),
        ("2", "은/는", "2는"),
        ("SPF50+", "을/를", "SPF50+를"),
        ("Emma", "은/는", "Emma는"),
        ("Karen", "은/는", "Karen은"),
        ("크림 (소)", "을/를", "크림 (소)을"),
        ("!!", "을/를", "!!를"),
    ],
)
def test_particles_follow_the_final_consonant(word: str, pair: str, expected: str) -> None:
    assert with_particle(word, pair) == expected


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("안녕하세요", "en", "ko"),
        ("쿠폰 code 안먹혀요", "en", "ko"),
        ("ㅋㅋㅋ", "en", "ko"),
        ("who pays for 반품 shipping?", "ko", "en"),
        ("can I use 포인트 and 쿠폰 together", "ko", "en"),
        ("never mind 그냥 없던 걸로", "en", "ko"),
        ("this is 진짜 별로네요 환불해 주세요", "en", "ko"),
        ("where is my order", "ko", "en"),
        ("DG24010001", "ko", "ko"),
        ("DG24010001", "en", "en"),
        ("seoyun.lee@example.org", "ko", "ko"),
        ("🐙", "ko", "ko"),
        ("12,000", "en", "en"),
    ],
)
def test_language_by_letters(text: str, default: str, expected: str) -> None:
    assert detect(text, as_locale(default)) == expected


def test_money_in_the_readers_manner() -> None:
    assert Money(12000).format("ko") == "12,000원"
    assert Money(12000).format("en") == "₩12,000"
    assert Money(1050, "GBP").format("en") == "£10.50"
    with pytest.raises(ValueError, match="cannot add"):
        Money(1) + Money(1, "GBP")


def test_a_day_is_the_shops_day() -> None:
    assert local_date(datetime(2026, 1, 1, 15, 30, tzinfo=UTC)).isoformat() == "2026-01-02"


def test_ids_sort_by_time_and_codes_can_be_read_out() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(len(one) == 32 for one in ids)
    assert not set("01OIL") & set("".join(new_code() for _ in range(200)))


@pytest.mark.parametrize("folder", ["actions/replies", "channels/texts", "console/texts"])
def test_both_languages_say_the_same_things(folder: str) -> None:
    texts = Catalogue(ROOT / folder)
    assert set(texts.locales()) == {"ko", "en"}
    assert texts.keys("ko") == texts.keys("en")


def test_a_missing_text_is_named() -> None:
    with pytest.raises(NotFoundError, match="text_missing"):
        Catalogue(ROOT / "channels/texts").say("no_such", "ko")


def test_a_seed_chooses_the_same_variant_again() -> None:
    texts = Catalogue(ROOT / "actions/replies")
    said = {texts.say("thank", "ko", seed=str(number)) for number in range(50)}
    assert len(said) > 1
    assert len({texts.say("thank", "ko", seed="same") for _ in range(5)}) == 1


def test_the_first_run_writes_secrets_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    for name in settings_module.SECRET_NAMES:
        monkeypatch.delenv(name, raising=False)
    first, second = load_settings(), load_settings()
    assert first.secret_key == second.secret_key
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("DANGOL_SECRET_KEY", "e" * 40)
    monkeypatch.setenv("DANGOL_RASA__PORT", "6000")
    changed = load_settings()
    assert (changed.secret_key.get_secret_value(), changed.rasa.port) == ("e" * 40, 6000)
    assert changed.store_url == f"sqlite:///{tmp_path / 'var' / 'dangol.db'}"
