"""Every model, imported so that the metadata is whole (for migrations and for foreign keys across nouns)."""

from __future__ import annotations

from crm_store.articles.models import Article, ArticlePublication, ArticleVersion
from crm_store.catalogue.models import Product
from crm_store.conversations.models import ActionRun, Attachment, Conversation, Message, MessageFeedback, Turn
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.customers.models import ChannelIdentity, Customer
from crm_store.db import Base
from crm_store.events.models import EventLogEntry
from crm_store.inbox.models import InboundUpdate
from crm_store.orders.models import Order, OrderLine
from crm_store.outbox.models import OutboxMessage
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from crm_store.ratelimits.models import RateWindow
from crm_store.shop.models import RuleSet
from crm_store.staff.models import AuditEntry, StaffMember, StaffSession

__all__ = [
    "ActionRun", "Allocation", "Article", "ArticlePublication", "ArticleVersion", "Attachment", "AuditEntry", "Base",
    "ChannelIdentity", "Conversation", "CouponTerms", "Customer", "EventLogEntry", "InboundUpdate", "IssuedCoupon",
    "LedgerEntry", "Lot", "Message", "MessageFeedback", "Order", "OrderLine", "OutboxMessage", "PointsAccount", "Product",
    "RateWindow", "Redemption", "RuleSet", "StaffMember", "StaffSession", "Turn",
]  # fmt: skip
