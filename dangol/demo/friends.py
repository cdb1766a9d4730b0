"""Who invited whom, and who drops in every day: referrals and attendance of the demonstration's past."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crm_store.loyalty.attendance import REASON
from crm_store.loyalty.models import Attendance, Referral
from crm_store.loyalty.referrals import CODE_LENGTH, CODE_START, FRIEND, INVITER
from dangol.demo.history import moment
from dangol.demo.people import DAYS
from dangol.demo.rows import Row
from dangol.demo.world import Gift, Member, World

if TYPE_CHECKING:
    from dangol.demo.lives import Life

_INVITED = 0.14  # of those who joined while the history lasts
_INVITERS = 90
_ATTENDERS = 0.06
_ATTENDANCE_DAYS = 100


def introduce(world: World, members: list[Member]) -> dict[str, Row]:
    """Say who invited whom, among members in the order of joining, latest first: referrals by the friend's ref."""
    chance = random.Random("friends")
    # Those who can be reserved have yet to ask for a code of their own.
    settled = [each for each in members[len(members) // 4 :] if not each.person.pooled]
    inviters = chance.sample(settled, min(_INVITERS, len(settled)))
    found: dict[str, Row] = {}
    for friend in members:
        if (world.today - friend.person.joined_on).days > DAYS or chance.random() > _INVITED:
            continue
        known = [each for each in inviters if each.person.joined_on < friend.person.joined_on - timedelta(days=20)]
        if not known:
            continue
        inviter = chance.choice(known)
        if not inviter.row["referral_code"]:
            inviter.row["referral_code"] = CODE_START + world.rows.new_code(CODE_LENGTH)
        entered_at = friend.row["joined_at"] + timedelta(minutes=chance.randint(3, 50))
        found[friend.person.ref] = world.rows.add(
            Referral, id=world.rows.new_id(entered_at), inviter_id=inviter.row["id"], friend_id=friend.row["id"],
            state="entered", order_id=None, entered_at=entered_at, rewarded_at=None,
        )  # fmt: skip
    return found


def reward(life: Life, order: Row, worth: int, at: datetime) -> None:
    """Reward both for a friend's first purchase that counts enough. The inviter, who joined earlier, is told of later."""
    world, noted = life.world, life.referral
    rules = world.rules["referral"]
    if noted is None or noted["state"] != "entered" or worth < int(rules["minimum_order"]):
        return
    noted.update(state="rewarded", order_id=order["id"], rewarded_at=at)
    life.purse.earn(at, int(rules["friend_points"]), FRIEND, f"{FRIEND}:{noted['id']}", order["id"])
    gifts = world.gifts[noted["inviter_id"]]
    month = Counter(f"{world.day(gift.at):%Y-%m}" for gift in gifts)
    if month[f"{world.day(at):%Y-%m}"] < int(rules["monthly_limit"]):
        key = f"{INVITER}:{noted['id']}"
        gifts.append(Gift(at, int(rules["inviter_points"]), INVITER, key, order["id"]))


def attend(life: Life) -> None:
    """Days on which somebody checked in, in runs with pauses between; their points and coupons come in time."""
    world, person = life.world, life.person
    chance = random.Random(f"attends {person.ref}")
    if person.pooled or chance.random() > _ATTENDERS * (2 if person.bargains else 1):
        return
    day = max(person.joined_on + timedelta(days=1), world.today - timedelta(days=_ATTENDANCE_DAYS))
    day += timedelta(days=chance.randint(0, 60))
    streak, left = 0, chance.randint(2, 40)
    while day <= world.today:
        at = moment(day, chance.randint(7, 23), chance.randint(0, 59))
        if left == 0:
            day, streak, left = day + timedelta(days=chance.randint(1, 8)), 0, chance.randint(1, 35)
            continue
        streak, left, day = streak + 1, left - 1, day + timedelta(days=1)
        if at <= world.now:
            _check_in(life, at, streak)


def _check_in(life: Life, at: datetime, streak: int) -> None:
    world, rules = life.world, life.world.rules
    amount = int(rules["attendance"]["points"])
    if streak % int(rules["attendance"]["streak_days"]) == 0:
        amount += int(rules["attendance"]["streak_points"])
    day = world.day(at)
    world.rows.add(Attendance, customer_id=life.id, day=day, streak=streak, points=amount, created_at=at)
    life.timeline.at(at, lambda moment: life.purse.earn(moment, amount, REASON, f"demo:attendance:{life.id}:{day}"))
    terms = rules["coupons"].get("attendance")
    if terms and streak % int(terms["streak_days"]) == 0:
        occasion = f"{day - timedelta(days=streak - 1)}:{streak // int(terms['streak_days'])}"
        life.timeline.at(at, lambda moment: life.wallet.give("attendance", occasion, moment))
