"""The marketer's pages: write, preview, publish, compare, go back."""

from __future__ import annotations

from console.diffs import Piece, pieces
from console.markdown import to_html
from crm_store.articles.queries import list_published
from crm_store.db import reading
from tests.console.room import Room

PATH = "/console/articles/return-fee/ko"
FORM = {
    "title": "반품 배송비",
    "body": "반품 배송비는 **{{ returns.fee | money }}**이에요.\r\n\r\n- 변심: 고객 부담",
    "phrasings": "반품 배송비 얼마예요?\r\n\r\n 무료 반품 되나요 \r\n",
    "based_on": "0",
}


def live() -> list[str]:
    with reading() as session:
        return [article.body for article in list_published(session)]


def headers(room: Room) -> dict[str, str]:
    return {"HX-Request": "true", "X-CSRF-Token": room.enter("mark")}


def test_write_publish_and_go_back(room: Room) -> None:
    with_token = headers(room)
    saved = room.client.post(f"{PATH}/draft", headers=with_token, data=FORM)
    assert saved.status_code == 200
    assert 'name="based_on" value="1"' in saved.text
    assert "<strong>3,000원</strong>" in saved.text
    assert live() == []
    shown = room.call("mark", "GET", "/articles/return-fee/ko").json()
    assert shown["phrasings"] == ["반품 배송비 얼마예요?", "무료 반품 되나요"]
    assert "\r" not in shown["body"]

    published = room.client.post(f"{PATH}/publish", headers=with_token, data={**FORM, "based_on": "1"})
    assert "발행됨" in published.text
    assert room.call("mark", "GET", "/articles/return-fee/ko").json()["version"] == 1  # nothing to save anew
    room.client.post(f"{PATH}/publish", headers=with_token, data={**FORM, "body": "바뀐 글", "based_on": "1"})
    assert live() == ["바뀐 글"]

    history = room.client.get(f"{PATH}/history").text
    assert "<ins>바뀐 글" in history
    assert "이마케" in history
    back = room.client.post(f"{PATH}/rollback", headers=with_token, data={"version": "1"})
    assert back.headers["hx-redirect"] == f"{PATH}/history"
    assert live() == [shown["body"]]


def test_two_writers_see_each_other(room: Room) -> None:
    with_token = headers(room)
    room.client.post(f"{PATH}/draft", headers=with_token, data=FORM)
    room.call("ada", "PUT", "/articles/return-fee/ko", json={"title": "반품 배송비", "body": "관리자가 고친 글"})
    mine = {**FORM, "body": "내가 오래 쓴 글", "based_on": "1"}
    for action in ("draft", "publish"):
        late = room.client.post(f"{PATH}/{action}", headers=with_token, data=mine)
        assert late.status_code == 409
        assert "한관리 님이 버전 2를 저장했어요." in late.text
        assert "내가 오래 쓴 글</textarea>" in late.text
        assert "관리자가" in late.text  # as what would go
        assert 'name="based_on" value="2"' in late.text
    assert room.client.post(f"{PATH}/draft", headers=with_token, data={**mine, "based_on": "2"}).status_code == 200
    assert room.call("mark", "GET", "/articles/return-fee/ko").json()["body"] == "내가 오래 쓴 글"


def test_what_cannot_be_published_stays_on_the_screen(room: Room) -> None:
    with_token = headers(room)
    wrong = {**FORM, "body": "배송비는 {{ returns.nothing | money }}이에요."}
    refused = room.client.post(f"{PATH}/publish", headers=with_token, data=wrong)
    assert refused.status_code == 422
    assert "{{ returns.nothing | money }} 부분을 읽을 수 없어요." in refused.text
    assert 'name="based_on" value="0"' in refused.text
    assert room.call("mark", "GET", "/articles/return-fee/ko").status_code == 404
    empty = room.client.post(f"{PATH}/draft", headers=with_token, data={**FORM, "title": ""})
    assert (empty.status_code, "제목은 1자에서 200자" in empty.text) == (422, True)


def test_preview_is_filled_in_safe_and_stores_nothing(room: Room) -> None:
    body = "기본 {{ shipping.fee | money }} <script>alert(1)</script> [열기](javascript:alert(1)) [문의](mailto:a@b.example)"
    preview = room.client.post(f"{PATH}/preview", headers=headers(room), data={**FORM, "body": body})
    assert preview.status_code == 200
    assert "기본 3,000원" in preview.text
    assert "<script>" not in preview.text
    assert 'href="javascript' not in preview.text
    assert 'href="mailto:a@b.example"' in preview.text
    wrong = room.client.post(f"{PATH}/preview", headers=headers(room), data={**FORM, "body": "{{ none }}"})
    assert "부분을 읽을 수 없어요." in wrong.text
    assert room.call("mark", "GET", "/articles").json() == {"articles": []}


def test_the_list_and_a_new_topic(room: Room) -> None:
    with_token = headers(room)
    room.client.post(f"{PATH}/draft", headers=with_token, data=FORM)
    page = room.client.get("/console/articles").text
    assert "return-fee" in page
    assert "반품 배송비" in page
    assert "초안" in page
    assert "return-fee" not in room.client.get("/console/articles?status=published").text
    opened = room.client.get("/console/new-article?topic=gift-receipt")
    assert opened.headers["location"] == "/console/articles/gift-receipt"
    assert room.client.get("/console/articles/gift-receipt").status_code == 200
    assert room.client.get("/console/new-article?topic=../x").status_code == 422


def test_support_does_not_get_to_articles(room: Room) -> None:
    room.enter("mina")
    refused = room.client.get("/console/articles")
    assert (refused.status_code, "권한이 없어요." in refused.text) == (403, True)


def test_markdown_lets_only_safe_html_out() -> None:
    html = to_html("# 제목\n\n<b onclick=x>굵게</b> [x](data:text/html,y) ![그림](x.png)\n\n- 하나")
    assert "<h1>제목</h1>" in html
    assert "<li>하나</li>" in html
    assert "<b" not in html
    assert "<img" not in html
    assert 'href="data' not in html


def test_a_diff_is_told_in_words() -> None:
    assert pieces("배송비는 3,000원 이고\n끝", "배송비는 4,000원 이며\n끝") == [
        Piece("same", "배송비는 "), Piece("del", "3,000원 이고"), Piece("ins", "4,000원 이며"), Piece("same", "\n끝"),
    ]  # fmt: skip
    assert pieces("같아요", "같아요") == [Piece("same", "같아요")]
    assert pieces("", "새 글") == [Piece("ins", "새 글")]
