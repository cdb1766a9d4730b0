"""The past of one demonstration customer, told in the order of time: orders, parcels, points, coupons, troubles, tiers."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from crm_store.loyalty.counting import counted
from crm_store.orders.fees import add_working_days, shipping_fee
from crm_store.orders.models import Order, OrderLine, Shipment
from crm_store.staff.models import AuditEntry
from dangol.demo import baskets, friends, troubles
from dangol.demo.baskets import Piece
from dangol.demo.history import SCANS_KEPT, Parcel, moment, scans, send
from dangol.demo.people import DAYS, other_recipient
from dangol.demo.purses import Purse, Timeline
from dangol.demo.ranks import Rank
from dangol.demo.rhythm import Occasion, occasions_of
from dangol.demo.rows import Row
from dangol.demo.subscriptions import Subscription, subscribe
from dangol.demo.wallets import Wallet
from dangol.demo.world import Member, World

_FATES = {
    "fine": 900, "cancelled": 32, "return": 20, "part_return": 15, "exchange": 12, "complaint": 9, "repair": 2,
}  # fmt: skip
# A return may be asked for long after a purchase was rewarded, of faulty goods: the ledger's note of it is looked up then.
_NOTES_KEPT = timedelta(days=120)


class Life:
    """One customer's past. `tell` is called once."""

    def __init__(self, world: World, member: Member) -> None:
        self.world, self.person, self.customer = world, member.person, member.row
        self.id: str = member.row["id"]
        self.chance = random.Random(f"life {self.person.ref}")
        self.timeline = Timeline()
        self.purse = Purse(world.rows, self.id, world.rules, self.timeline)
        self.rank = Rank(world.rows, member.row, world.rules, self.person.joined_on)
        self.wallet = Wallet(world.mint, self.id)
        self.referral: Row | None = None
        self._apology: datetime | None = None
        self._pantry = baskets.stock_up(self.chance, self.person)

    def tell(self) -> None:
        """Write everything up to now."""
        world, person = self.world, self.person
        self._receive_benefits()
        friends.attend(self)
        plans: list[tuple[datetime, Occasion | Subscription]] = [
            (moment(each.day, each.hour, each.minute), each) for each in occasions_of(person, world.today)
        ]
        subscription = subscribe(world, person, self.customer)
        plans += [(at, subscription) for at in subscription.due if subscription] if subscription else []
        before: tuple[datetime, str] | None = None
        joined_at: datetime = self.customer["joined_at"]
        for planned_at, plan in sorted(plans, key=lambda entry: entry[0]):
            # On the day somebody joins, at the earliest when they have.
            at = max(planned_at, joined_at + timedelta(minutes=12))
            if at > world.now or world.day(at) != world.day(planned_at):
                continue
            self._win_back(before, at)
            self.timeline.run(at)
            if isinstance(plan, Occasion):
                pieces = baskets.fill_basket(self.chance, person, plan, self._pantry, world.today)
                order = self._order(at, pieces, gift=plan.gift)
            else:
                order = self._order(at, (plan.piece,), regular=True)
                plan.ordered(at, order["id"])
            before = before if order["state"] == "cancelled" else (at, order["id"])
        self._win_back(before, world.now)
        self.timeline.run(world.now)
        self.rank.advance(world.today)
        self.wallet.close(world.now)

    def _receive_benefits(self) -> None:
        """Coupons and points that come by the calendar, or because of somebody else."""
        world, chance = self.world, self.chance
        joined_at: datetime = self.customer["joined_at"]
        first = world.now - timedelta(days=DAYS)
        if joined_at > first and chance.random() < 0.7:
            self._coupon("welcome", "joined", joined_at + timedelta(minutes=chance.randint(1, 90)))
        born = self.person.birthday
        for year in range(first.year, world.now.year + 1):
            shift = chance.randint(-int(world.rules["coupons"]["birthday"]["days_before"]), 2)
            at = moment(born.replace(year=year, day=min(born.day, 28)) + timedelta(days=shift), 11, 20)
            wants = chance.random() < (0.8 if self.person.bargains else 0.35)
            if wants and not self.person.pooled and max(first, joined_at) < at <= world.now:
                self._coupon("birthday", str(year), at)
        for gift in world.gifts.get(self.id, ()):
            given: dict[str, Any] = {
                "amount": gift.amount,
                "reason": gift.reason,
                "key": gift.key,
                "order_id": gift.order_id,
            }
            self.timeline.at(gift.at, partial(self.purse.earn, **given))

    def _win_back(self, before: tuple[datetime, str] | None, until: datetime) -> None:
        """A coupon for somebody who has not ordered for long."""
        terms = self.world.rules["coupons"].get("winback")
        if before is None or terms is None:
            return
        placed_at, order_id = before
        at = placed_at + timedelta(days=int(terms["after_days"]) + self.chance.randint(1, 9))
        if at < until and self.chance.random() < 0.7:
            self._coupon("winback", f"after {order_id}", at)

    def _coupon(self, benefit: str, occasion: str, at: datetime) -> None:
        self.timeline.at(at, lambda at: self.wallet.give(benefit, occasion, at))

    def _order(self, at: datetime, pieces: tuple[Piece, ...], *, gift: bool = False, regular: bool = False) -> Row:
        """Place an order and let it go its way."""
        world, chance = self.world, self.chance
        order_id = world.rows.new_id(at)
        goods = sum(piece.product.price * piece.quantity for piece in pieces)
        address = other_recipient(chance) if gift and chance.random() < 0.7 else self.person.address
        redemption = None
        discount = goods * int(world.rules["subscription"]["discount_percent"]) // 100 if regular else 0
        if not regular:
            redemption = self.wallet.use(chance, goods, order_id, at, keen=self.person.bargains)
            discount = redemption["discount"] if redemption else 0
        points = 0 if regular else self._points_for(goods - discount)
        fee = shipping_fee(world.rules, goods, address)
        order = world.rows.add(
            Order, id=order_id, customer_id=self.id, state="paid", total=goods + fee - discount - points,
            currency=world.rules["shop"]["currency"], address=address, shipping_fee=fee, discount=discount,
            points_used=points, source="regular_delivery" if regular else "shop", placed_at=at, shipped_at=None,
            delivered_at=None, confirmed_at=None, cancelled_at=None,
        )  # fmt: skip
        world.orders.append(order)
        lines = [self._line(order_id, position, piece) for position, piece in enumerate(pieces, 1)]
        spent = self.purse.spend(at, points, "order", f"demo:{order_id}:points", order_id) if points else None
        parcel = send(chance, at, world.rules)
        fate = "fine" if regular else chance.choices(list(_FATES), list(_FATES.values()))[0]
        cancelled_at = at + timedelta(minutes=chance.randint(6, 240))
        if fate == "cancelled" and cancelled_at <= min(world.now, parcel.shipped_at):
            self._cancel(order, redemption, spent, cancelled_at)
            return order
        self._send(order, parcel)
        if order["delivered_at"]:
            held_until = self._trouble(fate, order, lines, redemption, spent)
            self._confirm_later(order, lines, held_until, early=fate == "fine" and chance.random() < 0.25)
            world.opinions.review(self, order, lines, late=parcel.late)
        return order

    def _line(self, order_id: str, position: int, piece: Piece) -> Row:
        return self.world.rows.add(
            OrderLine, order_id=order_id, position=position, product_id=piece.product.id, variant_id=piece.variant_id,
            quantity=piece.quantity, returned=0, unit_price=piece.product.price,
        )  # fmt: skip

    def _points_for(self, payable: int) -> int:
        """How many points an order uses: bargain hunters all they have, others now and then."""
        usable = min(self.purse.balance, payable) // 100 * 100
        likely = 0.75 if self.person.bargains else 0.09
        return usable if usable >= self.world.rules["points"]["minimum_use"] and self.chance.random() < likely else 0

    def _cancel(self, order: Row, redemption: Row | None, spent: Row | None, at: datetime) -> None:
        order.update(state="cancelled", cancelled_at=at)
        paid_at = max(at, moment(add_working_days(self.world.day(at), 0), 0))
        troubles.refund(self.world, order, None, order["total"], f"cancel:{order['id']}", at, paid_at)
        self._give_back(redemption, spent, at)

    def _give_back(self, redemption: Row | None, spent: Row | None, at: datetime) -> None:
        if redemption:
            self.timeline.at(at, partial(self.wallet.revert, redemption))
        if spent:
            self.timeline.at(at, lambda moment: self.purse.reverse(moment, spent))

    def _send(self, order: Row, parcel: Parcel) -> None:
        """Prepare, ship and deliver as far as it has come by now."""
        world, now = self.world, self.world.now
        if parcel.shipped_at > now:
            order["state"] = "preparing" if now - order["placed_at"] > timedelta(hours=3) else "paid"
            return
        arrived = parcel.delivered_at <= now
        delivered_at = parcel.delivered_at if arrived else None
        order.update(
            state="delivered" if arrived else "shipped", shipped_at=parcel.shipped_at, delivered_at=delivered_at
        )
        place = " ".join(str(order["address"]["line1"]).split()[:2])
        seen = now - parcel.shipped_at <= SCANS_KEPT
        world.rows.add(
            Shipment, id=world.rows.new_id(parcel.shipped_at), order_id=order["id"],
            state="delivered" if arrived else "in_transit", courier=world.rules["shipping"]["courier"][self.person.language],
            tracking_number=parcel.number, expected_on=parcel.expected_on, created_at=parcel.shipped_at,
            scans=scans(self.chance, parcel.shipped_at, parcel.delivered_at, place, now) if seen else [],
            shipped_at=parcel.shipped_at, delivered_at=delivered_at,
        )  # fmt: skip

    def _trouble(
        self, fate: str, order: Row, lines: list[Row], redemption: Row | None, spent: Row | None
    ) -> datetime | None:
        """Perhaps something is wrong; until when that keeps the purchase from counting (None: it doesn't)."""
        world, chance = self.world, self.chance
        days = min(6, int(world.rules["returns"]["days"]) - 1)
        opened_at = order["delivered_at"] + timedelta(
            days=chance.randint(0, days - 1), minutes=chance.randint(60, 1_300)
        )
        if opened_at > world.now or fate == "fine":
            return None
        if fate in ("return", "part_return") and not (fate == "part_return" and (spent or len(lines) == 1)):
            kept = lines[1:] if fate == "part_return" else []
            items = [{"position": line["position"], "quantity": line["quantity"]} for line in lines if line not in kept]
            return self._return(order, lines, items, redemption, spent, opened_at)
        if fate == "exchange":
            return self._exchange(order, lines, opened_at)
        if fate in ("complaint", "repair"):
            self._complain(fate, order, opened_at)
        return None

    def _reason(self, kind: str) -> str:
        return str(self.chance.choice(troubles.reasons()[kind][self.person.language]))

    def _return(
        self, order: Row, lines: list[Row], items: list[Row], redemption: Row | None, spent: Row | None, at: datetime
    ) -> datetime:
        world = self.world
        steps = troubles.steps_of_return(self.chance, world, at)
        case = troubles.write_case(
            world.rows,
            order,
            "return",
            items=items,
            wanted={},
            reason=self._reason("return"),
            steps=steps,
            now=world.now,
        )
        world.cases.append(case)
        if case["state"] in ("in_progress", "resolved"):
            agreed_at, due = steps[1][1], troubles.due_back(order, lines, items, world.rules)
            for item in items:
                lines[item["position"] - 1]["returned"] += item["quantity"]
            paid_at = troubles.back_on(world, agreed_at)
            troubles.refund(world, order, case, due.amount, f"case:{case['id']}", agreed_at, paid_at)
            if due.whole:
                order["state"] = "returned"
                self._give_back(redemption, spent, agreed_at)
        return steps[-1][1] + timedelta(minutes=10)

    def _exchange(self, order: Row, lines: list[Row], at: datetime) -> datetime | None:
        """The same thing in another size or colour."""
        world = self.world
        for line in lines:
            facts = baskets.variants_of(line["product_id"])
            others = [fact.id for fact in facts if fact.id != line["variant_id"] and fact.stock]
            if others:
                break
        else:
            return None
        steps = troubles.steps_of_exchange(self.chance, at)
        wanted = {"variant_id": self.chance.choice(others)}
        items = [{"position": line["position"], "quantity": line["quantity"]}]
        case = troubles.write_case(
            world.rows, order, "exchange", items=items, wanted=wanted, reason=self._reason("exchange"), steps=steps,
            now=world.now,
        )  # fmt: skip
        world.cases.append(case)
        if case["state"] == "resolved":
            line["variant_id"] = wanted["variant_id"]
        return steps[-1][1] + timedelta(minutes=10)

    def _complain(self, kind: str, order: Row, at: datetime) -> None:
        world = self.world
        steps = troubles.steps_of_complaint(self.chance, at)
        case = troubles.write_case(
            world.rows, order, kind, items=[], wanted={}, reason=self._reason(kind), steps=steps, now=world.now
        )
        world.cases.append(case)
        heard_at, terms = steps[1][1], world.rules["coupons"].get("apology")
        if kind != "complaint" or terms is None or heard_at > world.now or self.chance.random() > 0.6:
            return
        month = f"{world.day(heard_at):%Y-%m}"
        affordable = (world.apologies[month] + 1) * terms["amount"] <= terms["monthly_budget"]
        recent = self._apology and heard_at - self._apology <= timedelta(days=int(terms["per_customer_days"]))
        if affordable and not recent:
            world.apologies[month] += 1
            self._apology = heard_at
            self._coupon("apology", case["id"], heard_at)

    def _confirm_later(self, order: Row, lines: list[Row], held_until: datetime | None, *, early: bool) -> None:
        wait = timedelta(days=int(self.world.rules["points"]["confirm_days"]), minutes=self.chance.randint(1, 50))
        if early:
            wait = timedelta(days=self.chance.randint(0, 2), minutes=self.chance.randint(120, 1_400))
        at = order["delivered_at"] + wait
        at = max(at, held_until) if held_until else at
        if order["state"] == "delivered":
            self.timeline.at(at, lambda moment: self._confirm(order, lines, moment))

    def _confirm(self, order: Row, lines: list[Row], at: datetime) -> None:
        """The purchase counts: points by the tier before it, a friend's reward, the tier after it."""
        world = self.world
        order["confirmed_at"] = at
        goods = sum(line["quantity"] * line["unit_price"] for line in lines)
        kept = sum((line["quantity"] - line["returned"]) * line["unit_price"] for line in lines)
        worth = counted(goods, kept, order["discount"] + order["points_used"])
        self.rank.advance(world.day(at))
        rate = int(world.rules["tiers"][self.rank.tier]["rate_percent"])
        points = worth * rate // 100
        self.purse.earn(at, points, "purchase", f"purchase:{order['id']}", order["id"])
        if world.now - at < _NOTES_KEPT:
            world.rows.add(
                AuditEntry, actor="loyalty", action="purchase.rewarded", target=order["id"], created_at=at,
                detail={"counted": worth, "rate": rate, "points": points},
            )  # fmt: skip
        friends.reward(self, order, worth, at)
        self.rank.buy(world.day(at), worth, at)
