"""Tasks of several turns, on a real store: questions in the middle, corrections, changes of mind, answers of no use."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from actions.context import Part, TurnContext
from actions.dialogue import Dialogue
from actions.doubt import COST_OF_ACTING_WRONGLY
from actions.handlers import HANDLERS
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskTurn
from actions.tasks.reading import YES, entity, hesitates, words, yes_or_no
from actions.tasks.running import begin, choice
from tests.dialogue import Chat
from tests.store.builders import put_rules

DONE: list[dict[str, Any]] = []


def _finish(turn: TaskTurn) -> Result:
    if turn.values["sure"] != YES:
        return Result("declined", [Reply("not done")])
    DONE.append(dict(turn.values))
    return Result("acted", [Reply("done")], [Effect("case_opened", "c1")])


KIND = TaskKind(
    "return",
    frozenset({"request_return"}),
    (
        Step(
            "size", lambda turn: Reply("which size?", [choice(turn.ctx, "size", "M", "M"), choice(turn.ctx, "size", "L", "L")]),
            entity("size", "size"), find=lambda turn: turn.ctx.value("size"),
        ),
        Step("reason", lambda _: Reply("why?"), words("reason"), free=True, takes=frozenset({"complain"})),
        Step("sure", lambda turn: Reply(f"sure about {turn.values['size']}?"), yes_or_no("sure")),
    ),
    _finish,
    corrects={"size": ("sure",)},
)  # fmt: skip


def _begin(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    return begin(session, ctx, tools, KIND)


def _answer(_: Session, __: TurnContext, ___: Tools) -> Result:
    return Result("answered", [Reply("3,000 won")])


HANDLERS_HERE: dict[str, Handler] = {**HANDLERS, "request_return": _begin, "ask_faq": _answer}


@pytest.fixture
def chat(store: str, monkeypatch: pytest.MonkeyPatch) -> Chat:
    put_rules()
    DONE.clear()
    monkeypatch.setattr("actions.tasks.running.task_name", lambda *_: "the return")
    monkeypatch.setattr("actions.dialogue.task_name", lambda *_: "the return")
    return Chat(locale="en", converse=Dialogue(HANDLERS_HERE, {"return": KIND}).converse)


def test_a_task_runs_through(chat: Chat) -> None:
    assert chat.say("request_return")["outcome"] == "asked"
    chat.press_titled("M")
    assert "why?" in chat.text
    chat.say("complain", "it is too small")
    assert "sure about M?" in chat.text
    chat.say("affirm", "yes")
    assert chat.effects == ["case_opened"]
    assert DONE == [{"size": "M", "reason": "it is too small", "sure": "yes"}]


def test_what_the_request_says_is_not_asked(chat: Chat) -> None:
    chat.say("request_return", size="L")
    assert "why?" in chat.text


def test_a_question_in_the_middle_is_answered_and_the_task_resumed(chat: Chat) -> None:
    chat.say("request_return", size="L")
    chat.say("ask_faq", "what does it cost?")
    assert "3,000 won" in chat.text
    assert "why?" in chat.text
    chat.say("nlu_fallback", "does not fit", confidence=0.3)
    assert "sure about L?" in chat.text


def test_an_earlier_answer_is_corrected(chat: Chat) -> None:
    chat.say("request_return", size="L")
    chat.say("complain", "too large")
    chat.say("request_exchange", "no, size M", confidence=0.4, size="M")
    assert "sure about M?" in chat.text
    chat.say("affirm", "yes")
    assert DONE[0]["size"] == "M"


@pytest.mark.parametrize("intent", ["cancel_flow", "deny"])
def test_a_change_of_mind_ends_it(chat: Chat, intent: str) -> None:
    chat.say("request_return")
    result = chat.say(intent, "forget it")
    assert (result["outcome"], result["effects"]) == ("answered", [])
    chat.say("affirm", "yes")
    assert DONE == []


@pytest.mark.parametrize("intent", ["cancel_flow", "deny", "affirm"])
def test_to_think_it_over_neither_ends_nor_answers(chat: Chat, intent: str) -> None:
    chat.say("request_return")
    assert chat.say(intent, "hmm, let me think", confidence=0.9)["outcome"] == "asked"
    assert chat.say(intent, "음 생각 좀 해볼게요", confidence=0.9)["outcome"] == "asked"
    assert DONE == []


@pytest.mark.parametrize(
    ("text", "thinks"),
    [
        ("hmmm", True),
        ("hold on", True),
        ("글쎄요", True),
        ("잠깐만요", True),
        ("음 생각 좀 해볼게요", True),
        ("wait, cancel it", False),
        ("hmm no", False),
        ("어", False),
        ("생각해보니 취소할래요", False),
        ("", False),
    ],
)
def test_who_asks_for_time(text: str, thinks: bool) -> None:
    assert hesitates(text) is thinks


def test_the_third_answer_of_no_use_offers_a_person(chat: Chat) -> None:
    chat.say("request_return")
    for _ in range(2):
        chat.say("nlu_fallback", "hmm", confidence=0.2)
        assert "which size?" in chat.text
    chat.say("nlu_fallback", "hmm", confidence=0.2)
    assert "/talk_to_human" in [button["payload"] for button in chat.buttons]
    chat.press_titled("M")
    assert "why?" in chat.text


def test_a_yes_to_a_person_is_no_yes_to_the_task(chat: Chat) -> None:
    chat.say("request_return", size="L")
    chat.say("complain", "too large")
    for _ in range(3):
        chat.say("nlu_fallback", "hmm", confidence=0.2)
    assert chat.say("affirm", "yes")["outcome"] == "handed_over"
    assert DONE == []


def test_a_form_answer_has_no_intent_of_its_own(chat: Chat) -> None:
    chat.say("request_return")
    assert chat.say("search_product", "M", confidence=0.5, size="M")["answers"] is True


def test_two_requests_in_one_message_are_both_served(chat: Chat) -> None:
    parts = (Part("fee?", "ask_faq", 0.9, ()), Part("thanks", "thank", 0.9, ()))
    chat.say("ask_faq", "fee? thanks", parts=parts)
    assert len(chat.last["replies"]) == 2


def test_a_second_request_waits_for_the_task(chat: Chat) -> None:
    parts = (Part("return", "request_return", 0.9, ()), Part("fee?", "ask_faq", 0.9, ()))
    chat.say("request_return", "return. fee?", parts=parts)
    chat.press_titled("M")
    chat.say("complain", "too small")
    chat.say("affirm", "yes")
    assert "3,000 won" in chat.text
    assert chat.effects == ["case_opened"]


def test_a_doubtful_request_is_made_sure_of(chat: Chat) -> None:
    for intent in [*COST_OF_ACTING_WRONGLY, "check_stock"]:
        assert chat.say(intent, "…", confidence=0.46)["outcome"] == "asked"
        assert chat.effects == []


@pytest.mark.parametrize(
    "intent",
    [
        "ask_order_status", "list_orders", "ask_points", "ask_coupons", "ask_tier", "ask_refund_status",
        "ask_case_status", "view_cart", "checkout",
    ],
)  # fmt: skip
def test_what_is_ones_own_is_shown_from_even_chances_on(chat: Chat, intent: str) -> None:
    assert chat.say(intent, "…", confidence=0.46)["outcome"] == "asked"
    assert [button["payload"] for button in chat.buttons] == ["/affirm", "/help"]
    asked = chat.text
    chat.say("affirm", "yes")
    assert chat.text != asked


def test_what_is_forbidden_is_not_done_however_sure_it_sounds(chat: Chat) -> None:
    assert chat.say("talk_to_human", "please do not put me through to anyone", confidence=1.0)["outcome"] == "asked"
    assert chat.effects == []
    chat.say("talk_to_human", "please put me through to someone", confidence=1.0)
    assert chat.effects != []


def test_what_need_not_be_shown_is_left_alone(chat: Chat) -> None:
    assert chat.say("list_orders", "주문내역까지 보여줄 필요는 없어요", confidence=1.0)["outcome"] == "chatted"
    assert chat.say("list_orders", "주문내역 보여 주세요", confidence=1.0)["outcome"] != "chatted"


def test_a_button_of_a_task_that_is_over_does_nothing(chat: Chat) -> None:
    chat.say("request_return")
    payload = chat.buttons[0]["payload"]
    chat.say("cancel_flow")
    assert chat.press(payload)["effects"] == []
    assert chat.last["outcome"] == "declined"
