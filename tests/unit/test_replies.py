"""Replies: several wordings of what is said often, the same facts in every wording, one manner of speech."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
import yaml

from core.language import LOCALES, Locale

REPLIES = Path(__file__).resolve().parents[2] / "actions" / "replies"

# What a customer is likely to read more than once.
_FREQUENT = """
    greet greet_by_name thank goodbye help chitchat affirm deny bot_challenge cancel_flow
    abuse out_of_scope not_yet unclear did_you_mean doubt
    task_not_understood task_offer_person task_resume task_stopped task_left choice_stale
    handover handover_abuse handover_unclear already_waiting hours_open hours_closed withdrawn not_waiting
    verify_ways verify_orders verify_refunds verify_cases verify_points verify_coupons verify_cart verify_wishlist
    verify_restock verify_regular verify_exchange verify_tier verify_attendance verify_referral verify_consents
    verify_profile verify_export verify_erasure verified verified_by_name verified_what_next already_verified joined
    orders_lead orders_meant_lead order_paid order_preparing order_shipped order_shipped_today order_shipped_tomorrow
    order_late order_delivered order_unknown no_orders orders_latest orders_more orders_then orders_none_then
    cancel_which_order cancel_none cancel_refused_shipped cancel_refused_delivered cancel_why cancel_confirm
    cancel_requested cancel_done address_which_order address_none address_refused_shipped address_where
    address_confirm address_requested address_done
    return_which_order return_none return_which_items return_why return_confirm return_opened
    swap_which_order swap_none swap_which_items swap_for_what swap_why swap_confirm swap_opened
    refund_lead refund_none reorder_which reorder_done reorder_nothing cases_lead cases_none case_unknown
    products_found products_found_one products_recommended products_recommended_one products_none products_none_at_all
    products_none_price products_none_cheaper products_sold_out similar_lead similar_none which_product
    which_of_these which_option detail_lead detail_missing stock_in stock_few stock_out stock_alternatives
    wishlist_added wishlist_already wishlist_removed wishlist_lead wishlist_empty
    restock_set restock_already restock_is_there
    cart_lead cart_empty cart_added cart_added_several cart_now cart_removed cart_quantity_changed cart_emptied
    cart_out_of_stock cart_sold_out cart_points_used checkout_lead checkout_coupon which_coupon coupon_reserved coupon_waits
    refused_coupon_not_found refused_coupon_used refused_coupon_expired refused_below_minimum_order
    regular_begun regular_lead regular_none regular_skipped regular_ended
    points_balance points_none points_history_lead exchange_ask_amount exchange_done exchange_left
    coupons_lead coupons_none birthday_issued welcome_issued winback_issued attendance_issued
    birthday_already welcome_already winback_already attendance_already
    tier_now tier_top progress_next progress_reaching checked_in already_checked_in referral_own referral_noted
    profile_ask_field profile_ask_sure profile_changed profile_kept opted_in opted_out
    export_opened erasure_requested erasure_kept
    feedback_praise feedback_suggestion feedback_criticism feedback_other feedback_ask review_which review_stars
    review_kept review_kept_points complaint_what complaint_heard_late complaint_heard_broken complaint_heard_wrong
    complaint_heard_staff complaint_heard_price complaint_heard_quality complaint_heard_other complaint_heard_bare
    complaint_opened complaint_opened_anonymous complaint_more complaint_added apology_issued
"""
FREQUENT = _FREQUENT.split()


def _texts(locale: str) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for path in REPLIES.glob("*.yml"):
        if path.stem.rpartition(".")[2] == locale:
            for key, text in yaml.safe_load(path.read_text(encoding="utf-8")).items():
                texts[key] = text if isinstance(text, list) else [text]
    return texts


TEXTS = {locale: _texts(locale) for locale in LOCALES}


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_said_often_is_said_in_several_ways(locale: Locale) -> None:
    assert {key for key in FREQUENT if len(set(TEXTS[locale].get(key, []))) < 3} == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_ways_begin_differently(locale: Locale) -> None:
    """Not the same sentence with another ending."""
    alike = {key for key, texts in TEXTS[locale].items() if len(texts) > 1 and len({text[:12] for text in texts}) == 1}
    assert alike == set()


def test_every_wording_states_the_same_facts() -> None:
    """Whatever is filled in is filled in by all wordings of a key, in both languages."""
    stated = {
        key: {_placeholders(text) for locale in LOCALES for text in TEXTS[locale][key]} for key in TEXTS["ko"]
    }  # fmt: skip
    assert {key: sets for key, sets in stated.items() if len(sets) > 1} == {}


def test_no_particle_is_fixed_after_a_name() -> None:
    """A value that changes takes its particle from {name:을/를}; fixed ones are wrong for half of all names."""
    fixed = re.compile(r"\}(?:\([^)]*\))?(?:이|가|은|는|을|를|와|과|으로|로|이에요|예요|이라|이고)(?![가-힣])")
    wrong = [text for texts in TEXTS["ko"].values() for text in texts if fixed.search(text)]
    assert wrong == []


def test_korean_is_spoken_in_one_manner() -> None:
    """해요체 throughout: no 합니다체, no 당신, no -하십시오."""
    stiff = re.compile(r"(?:니다|니까|십시오)[.!?\s]|당신")
    assert [text for texts in TEXTS["ko"].values() for text in texts if stiff.search(text + " ")] == []
