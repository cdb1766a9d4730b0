"""The handlers of all actions, by the action's name in the domain."""

from __future__ import annotations

from actions.handlers import conversation, coupons, faq, handover, orders, points, products
from actions.run import Handler

HANDLERS: dict[str, Handler] = {
    "action_greet": conversation.greet,
    "action_thank": conversation.thank,
    "action_help": conversation.show_help,
    "action_out_of_scope": conversation.decline_out_of_scope,
    "action_not_yet": conversation.decline_not_yet,
    "action_unclear": faq.ask_back,
    "action_ask_faq": faq.answer,
    "action_talk_to_human": handover.call_staff,
    "action_withdraw_handover": handover.withdraw,
    "action_ask_order_status": orders.tell_status,
    "action_recommend_product": products.recommend,
    "action_search_product": products.search,
    "action_ask_points": points.tell_balance,
    "action_ask_coupons": coupons.show,
    "action_request_coupon": coupons.request,
}
