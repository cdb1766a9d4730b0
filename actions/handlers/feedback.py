"""What customers think: praise, suggestions, criticism, and reviews of what they bought."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.products import card
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskTurn
from actions.tasks.reading import chosen, entity, words
from actions.tasks.running import begin, choice
from actions.wording import button, local, person_button, say
from crm_store.catalogue.queries import products_by_id
from crm_store.feedback.models import Feedback
from crm_store.feedback.queries import list_reviewable
from crm_store.feedback.service import Reviewed, keep_feedback, points_for, review_product
from crm_store.orders.models import Order
from crm_store.orders.queries import get_order
from knowledge.sentiment import sentiment

# A button's choice that leaves the stars out.
SKIP = "skip"
_CHOICES = 5
_REVIEW = re.compile(
    r"리뷰|후기|상품평|제품평|사용기|별점|평점|\breviews?\b|\brat(?:e|ing)\b|\bstars?\b", re.IGNORECASE
)
# Says only that something is going to be said.
_BARE = re.compile(
    r"^\W*(?:(?:저|나|그럼|혹시|여기|상품|제품|구매|솔직)\s*)*"
    r"(?:리뷰|후기|상품평|제품평|사용기|별점|평점|피드백|의견|건의\s*사항|건의|제안|칭찬\s*글)\s*(?:하나|좀|한\s*마디)?\s*(?:을|를|이|은|도)?\s*"
    r"(?:남기|남길|남겨|쓰|쓸|써|적|작성|등록|올리|올릴|드리|드릴|있|할|하)?\S*(?:\s*(?:싶\S*|왔\S*|되\S*|할\S*|게\S*|수\s*있\S*|있\S*|어디\S*))*\W*$"
    r"|^\W*(?:(?:i(?:'d| would)? (?:like|want) to|i have|can i|let me|here(?:'s| is)|may i|where (?:can|do) i)\s+)?"
    r"(?:(?:leave|write|give|post|submit|share|make)\s+)?(?:(?:a|an|some|my|you|quick|product|little)\s+)*"
    r"(?:reviews?|feedback|suggestions?|ratings?|comments?|compliments?)"
    r"\s*(?:please|here|for you|to make|about (?:my|an?) order)?\W*$",
    re.IGNORECASE,
)  # fmt: skip


def give_feedback(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Keep what was said and thank in kind; what a buyer says of something bought becomes a review, with stars asked for."""
    rating, text = _rating(ctx), ctx.call.text.strip()
    bought = list_reviewable(session, ctx.customer.id) if ctx.customer else []
    target = _target(session, ctx, bought, rating)
    if rating is None and (not text or _BARE.match(text)):
        return begin(session, ctx, tools, KIND, target=target)
    product_id = target.get("product") if target else _named_product(session, ctx)
    feedback = _keep(session, ctx, text, product_id, rating)
    effects = [Effect("feedback_stored", feedback.id)]
    thanks = _thanks(ctx, feedback)
    if target is None:
        return Result("acted", [thanks], effects)
    values = {"target": target, "words": text, "feedback": feedback.id, **({"rating": rating} if rating else {})}
    return _with_review(begin(session, ctx, tools, KIND, **values), thanks, effects)


def _with_review(result: Result, thanks: Reply, effects: list[Effect]) -> Result:
    """The thanks before the review or the question for its stars; the feedback is kept already, and named once."""
    more = [effect for effect in result.effects if effect.type != "feedback_stored"]
    return replace(result, outcome="acted", replies=[thanks, *result.replies], effects=[*effects, *more])


def _rating(ctx: TurnContext) -> int | None:
    rating = ctx.value("rating")
    return rating if isinstance(rating, int) and 1 <= rating <= 5 else None


def _keep(session: Session, ctx: TurnContext, text: str, product_id: str | None, rating: int | None) -> Feedback:
    return keep_feedback(
        session, text=text, sentiment=sentiment(text), language=ctx.locale, customer_id=_customer_id(ctx),
        conversation_id=ctx.conversation.id, message_id=ctx.call.message_id, product_id=product_id, rating=rating,
        now=ctx.now,
    )  # fmt: skip


def _customer_id(ctx: TurnContext) -> str | None:
    return ctx.customer.id if ctx.customer else None


def _names(ctx: TurnContext) -> set[str]:
    """Products and kinds that the message names."""
    several = {one for found in ctx.call.entities if found.entity == "product" for one in found.ids}
    return {str(value) for value in (*ctx.values("product"), *ctx.values("id"))} | several


def _named_product(session: Session, ctx: TurnContext) -> str | None:
    known = products_by_id(session, _names(ctx))
    return next(iter(known)) if len(known) == 1 else None


def _target(
    session: Session, ctx: TurnContext, bought: list[tuple[Order, str]], rating: int | None
) -> dict[str, Any] | None:
    """What is reviewed, {product, order} or {choices: [[product, order]...]}; None where nothing bought is spoken of.

    Goods that are named; without a name, where stars or a review are spoken of, those delivered last.
    """
    if not bought:
        return None
    if names := _names(ctx):
        goods = products_by_id(session, [product_id for _, product_id in bought])
        fitting = [
            (order, one) for order, one in bought
            if one in goods and names & {one, goods[one].kind, goods[one].category}
        ]  # fmt: skip
        return _as_target(fitting) if fitting else None
    if rating is None and not _REVIEW.search(ctx.call.text):
        return None
    return _as_target([(order, one) for order, one in bought if order.id == bought[0][0].id])


def _as_target(fitting: list[tuple[Order, str]]) -> dict[str, Any]:
    if len(fitting) == 1:
        [(order, product_id)] = fitting
        return {"product": product_id, "order": order.id}
    return {"choices": [[product_id, order.id] for order, product_id in fitting[:_CHOICES]]}


def _thanks(ctx: TurnContext, feedback: Feedback) -> Reply:
    """Thanks in kind; who is not content is offered a person or a case."""
    if feedback.kind != "criticism":
        return Reply(say(ctx, f"feedback_{feedback.kind}"))
    ctx.memory.offer = {"intent": "complain", "text": feedback.text, "entities": []}
    open_case = button(ctx, "open_complaint", f"/complain{json.dumps({'id': feedback.id})}")
    return Reply(say(ctx, "feedback_criticism"), [open_case, person_button(ctx)])


# ---------------------------------------------------------------------- the task: which one, what, how many stars
def _choices(turn: TaskTurn) -> list[list[str]]:
    found: list[list[str]] = (turn.values["target"] or {}).get("choices", [])
    return found


def _ask_product(turn: TaskTurn) -> Reply:
    goods = products_by_id(turn.session, [product_id for product_id, _ in _choices(turn)])
    there = [product_id for product_id, _ in _choices(turn) if product_id in goods]
    buttons = [choice(turn.ctx, "product", one, local(turn.ctx, goods[one].name)) for one in there]
    return Reply(say(turn.ctx, "review_which"), buttons, [card(turn.ctx, goods[one]) for one in there])


def _read_product(turn: TaskTurn) -> str | None:
    offered = [product_id for product_id, _ in _choices(turn)]
    pressed = chosen("product")(turn)
    if pressed is not None:
        return str(pressed) if pressed in offered else None
    goods = products_by_id(turn.session, offered)
    names = _names(turn.ctx)
    fitting = [one for one in offered if one in goods and names & {one, goods[one].kind, goods[one].category}]
    return fitting[0] if len(fitting) == 1 else None


def _find_product(turn: TaskTurn) -> str | None:
    found: str | None = turn.values["target"].get("product")
    return found


def _ask_rating(turn: TaskTurn) -> Reply:
    stars = [choice(turn.ctx, "rating", str(count), "★" * count) for count in range(5, 0, -1)]
    skip = choice(turn.ctx, "rating", SKIP, say(turn.ctx, "review_skip"))
    product = products_by_id(turn.session, [turn.values["product"]]).get(turn.values["product"])
    name = local(turn.ctx, product.name) if product else turn.values["product"]
    earned = points_for(turn.session, get_order(turn.session, _order_id(turn)), turn.ctx.now)
    text = say(turn.ctx, "review_stars_points" if earned else "review_stars", name=name, points=earned)
    return Reply(text, [*stars, skip])


_read_entity = entity("rating", "rating")
_DIGIT = re.compile(r"^\s*([1-5])\s*(?:점|개|/\s*5)?\s*\W*$")
_STARS = re.compile(r"[★⭐]")


def _read_rating(turn: TaskTurn) -> int | str | None:
    value = _read_entity(turn)
    if value == SKIP or turn.ctx.call.intent == "deny":
        return SKIP
    if value is not None and str(value).isdigit() and 1 <= int(value) <= 5:
        return int(value)
    if digit := _DIGIT.match(turn.ctx.call.text):
        return int(digit[1])
    stars = len(_STARS.findall(turn.ctx.call.text))
    return stars if 1 <= stars <= 5 else None


def _order_id(turn: TaskTurn) -> str:
    """The order that the chosen product came with."""
    target = turn.values["target"]
    if "order" in target:
        return str(target["order"])
    return next(order_id for product_id, order_id in _choices(turn) if product_id == turn.values["product"])


def _finish(turn: TaskTurn) -> Result:
    ctx, text = turn.ctx, str(turn.values["words"])
    kept = "feedback" in turn.values
    rating = turn.values.get("rating")
    stars = rating if isinstance(rating, int) else None
    if kept and stars is None:
        return Result("answered", [Reply(say(ctx, "review_without_stars"))])
    effects, replies = list[Effect](), list[Reply]()
    if not kept:
        feedback = _keep(turn.session, ctx, text, turn.values.get("product"), stars)
        effects.append(Effect("feedback_stored", feedback.id))
        replies.append(_thanks(ctx, feedback))
    if stars is not None and turn.values["target"]:
        reviewed = _review(turn, stars, text)
        replies.append(_tell(ctx, reviewed))
        if reviewed.new and kept:
            effects.append(Effect("feedback_stored", reviewed.review.id))
        if reviewed.entry is not None:
            effects.append(Effect("points_changed", reviewed.entry.id))
    return Result("acted" if effects else "answered", replies, effects)


def _review(turn: TaskTurn, rating: int, text: str) -> Reviewed:
    ctx = turn.ctx
    assert ctx.customer is not None
    return review_product(
        turn.session, customer_id=ctx.customer.id, product_id=turn.values["product"], order_id=_order_id(turn),
        rating=rating, text=text, language=ctx.locale, sentiment=sentiment(text), actor="bot", now=ctx.now,
    )  # fmt: skip


def _tell(ctx: TurnContext, reviewed: Reviewed) -> Reply:
    if not reviewed.new:
        return Reply(say(ctx, "review_already"))
    stars = "★" * reviewed.review.rating
    if reviewed.entry is None:
        return Reply(say(ctx, "review_kept", stars=stars))
    buttons: list[Button] = [button(ctx, "points", "/ask_points")]
    return Reply(say(ctx, "review_kept_points", stars=stars, points=reviewed.entry.amount), buttons)


_TAKES = frozenset({"give_feedback", "complain", "thank", "chitchat", "out_of_scope"})
KIND = TaskKind(
    "give_feedback",
    frozenset(),
    (
        Step("product", _ask_product, _read_product, find=_find_product, needed=lambda values: bool(values["target"])),
        Step("words", lambda turn: Reply(say(turn.ctx, "feedback_ask")), words("words"), takes=_TAKES, free=True),
        Step(
            "rating", _ask_rating, _read_rating, needed=lambda values: bool(values["target"]), certain=True,
        ),
    ),
    _finish,
)  # fmt: skip

HANDLERS: dict[str, Handler] = {"give_feedback": give_feedback}
TASKS = (KIND,)
