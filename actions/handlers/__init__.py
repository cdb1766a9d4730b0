"""The handlers of all intents, and the kinds of task, gathered from the modules that define them."""

from __future__ import annotations

from actions.handlers import (
    addresses,
    cancelling,
    cart,
    cases,
    complaints,
    conversation,
    coupons,
    exchanges,
    faq,
    feedback,
    handover,
    joining,
    loyalty,
    marketing,
    orders,
    points,
    privacy,
    product_questions,
    products,
    profile,
    refunds,
    regular,
    reordering,
    returns,
    verification,
    wishes,
)
from actions.run import Handler
from actions.tasks.kinds import TaskKind

_MODULES = (
    addresses, cancelling, cart, cases, complaints, conversation, coupons, exchanges, faq, feedback, handover, joining,
    loyalty, marketing, orders, points, privacy, product_questions, products, profile, refunds, regular, reordering,
    returns, verification, wishes,
)  # fmt: skip

# By intent. A module that serves intents has `HANDLERS`, one that runs tasks has `TASKS`.
HANDLERS: dict[str, Handler] = {intent: handler for module in _MODULES for intent, handler in module.HANDLERS.items()}
KINDS: dict[str, TaskKind] = {kind.name: kind for module in _MODULES for kind in getattr(module, "TASKS", ())}


INTENTS = (
    "greet", "goodbye", "thank", "affirm", "deny",
    "help", "bot_challenge", "cancel_flow", "talk_to_human", "chitchat",
    "abuse", "out_of_scope", "ask_order_status", "list_orders", "cancel_order",
    "change_address", "request_return", "request_exchange", "ask_refund_status", "reorder",
    "ask_case_status", "search_product", "recommend_product", "similar_product", "ask_product_detail",
    "check_stock", "notify_restock", "add_to_wishlist", "view_cart", "add_to_cart",
    "checkout", "subscribe_product", "ask_points", "ask_coupons", "request_coupon",
    "redeem_coupon", "exchange_points", "ask_tier", "check_in", "refer_friend",
    "sign_up", "link_account", "update_profile", "opt_in_marketing", "opt_out_marketing",
    "export_my_data", "delete_my_data", "complain", "give_feedback", "ask_faq",
    "withdraw_handover", "choose",
    "nlu_fallback",
)  # fmt: skip
# What Rasa calls: an action an intent, so that a turn's record reads well. Which request a message is, `Dialogue` decides.
ACTIONS = [f"action_{intent}" for intent in INTENTS]
