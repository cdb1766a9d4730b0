"""Every model, imported so that the metadata is whole (for migrations and for foreign keys across nouns)."""

from __future__ import annotations

from crm_store.accounts.models import CaughtMail, DataRequest, OneTimeCode
from crm_store.articles.models import Article, ArticlePublication, ArticleVersion
from crm_store.carts.models import Cart, CartLine, CouponReservation
from crm_store.cases.models import Case, CaseEvent
from crm_store.catalogue.models import Product, Variant
from crm_store.consents.models import Consent, ConsentEvent
from crm_store.conversations.models import (
    ActionRun,
    Attachment,
    Conversation,
    DialogueState,
    Message,
    MessageFeedback,
    Turn,
)
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.customers.models import ChannelIdentity, Customer
from crm_store.db import Base
from crm_store.events.models import EventLogEntry
from crm_store.feedback.models import Feedback, ProductReview
from crm_store.imports.models import ImportRun
from crm_store.inbox.models import InboundUpdate
from crm_store.loyalty.models import Attendance, Referral, TierChange
from crm_store.orders.models import Order, OrderLine, Refund, Shipment
from crm_store.outbox.models import OutboxMessage
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from crm_store.ratelimits.models import RateWindow
from crm_store.regular_deliveries.models import RegularDelivery, RegularDeliveryRun
from crm_store.shop.models import RuleSet
from crm_store.shop_requests.models import ShopRequest
from crm_store.staff.models import AuditEntry, StaffMember, StaffSession
from crm_store.wishes.models import ProductView, RestockAlert, WishlistItem

__all__ = [
    "ActionRun", "Allocation", "Article", "ArticlePublication", "ArticleVersion", "Attachment", "Attendance",
    "AuditEntry", "Base", "Cart", "CartLine", "Case", "CaseEvent", "CaughtMail", "ChannelIdentity", "Consent",
    "ConsentEvent", "Conversation", "CouponReservation", "CouponTerms", "Customer", "DataRequest", "DialogueState",
    "EventLogEntry", "Feedback", "ImportRun", "InboundUpdate", "IssuedCoupon", "LedgerEntry", "Lot", "Message",
    "MessageFeedback", "OneTimeCode", "Order", "OrderLine", "OutboxMessage", "PointsAccount", "Product",
    "ProductReview", "ProductView", "RateWindow", "Redemption", "Referral", "Refund", "RegularDelivery",
    "RegularDeliveryRun", "RestockAlert", "RuleSet", "Shipment", "ShopRequest", "StaffMember", "StaffSession",
    "TierChange", "Turn", "Variant", "WishlistItem",
]  # fmt: skip
