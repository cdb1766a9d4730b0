"""Every route has an entry in the permission table, and the table is obeyed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from console.guard import guard
from console.permissions import API, PAGES, ROUTES, Access, Csrf, Permission, allowed
from console.routes import PARTS
from tests.console.room import Room, begin_talk


def routes() -> Iterator[tuple[str, APIRoute]]:
    for part in PARTS:
        for route in part.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route


def test_every_route_has_an_entry_and_every_entry_a_route() -> None:
    assert {(method, route.path) for method, route in routes()} == set(ROUTES)


def test_every_route_is_guarded() -> None:
    unguarded = [
        route.path
        for _, route in routes()
        if guard not in {dependency.call for dependency in route.dependant.dependencies}
    ]
    assert unguarded == []


@pytest.mark.parametrize(("key", "access"), ROUTES.items())
def test_csrf_policy_fits_the_route(key: tuple[str, str], access: Access) -> None:
    method, path = key
    if path.startswith(API):
        assert access.csrf is Csrf.BEARER
    else:
        assert path.startswith(PAGES)
        assert access.csrf is (Csrf.SAFE if method == "GET" else Csrf.TOKEN)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("support", {Permission.CONVERSATIONS_READ, Permission.CONVERSATIONS_WRITE}),
        ("marketer", {Permission.CONVERSATIONS_READ, Permission.ARTICLES_READ, Permission.ARTICLES_WRITE}),
        ("admin", set(Permission) - {Permission.OPEN, Permission.SIGNED_IN}),
        ("nobody", set()),
    ],
)
def test_roles(role: str, may: set[Permission]) -> None:
    granted = {permission for permission in Permission if allowed(role, permission)}
    assert granted - {Permission.SIGNED_IN} == may


def test_nobody_gets_in_without_a_session(room: Room) -> None:
    closed = [key for key, access in ROUTES.items() if access.permission is not Permission.OPEN]
    for method, template in closed:
        names = dict.fromkeys(("conversation_id", "attachment_id", "case_id", "request_id"), "x1")
        path = template.format(**names, topic="return-fee", locale="ko")
        response = room.client.request(method, path, headers={"Authorization": "Bearer nonsense"})
        if path.startswith(API):
            assert (response.status_code, response.json()["code"]) == (401, "session_invalid"), path
        else:
            assert (response.status_code, response.headers["location"]) == (303, "/console/login"), path


def test_a_role_is_held_to_its_permissions(room: Room) -> None:
    conversation_id, _ = begin_talk("안녕하세요")
    assert room.call("mark", "GET", f"/conversations/{conversation_id}").status_code == 200
    refused = [
        room.call("mark", "POST", f"/conversations/{conversation_id}/take"),
        room.call("mark", "POST", f"/conversations/{conversation_id}/note", json={"text": "?"}),
        room.call("mina", "GET", "/articles"),
        room.call("mina", "PUT", "/articles/return-fee/ko", json={"title": "t", "body": "b", "phrasings": []}),
    ]
    assert [(r.status_code, r.json()["code"]) for r in refused] == [(403, "role_insufficient")] * 4


def test_a_session_token_is_no_cookie_and_a_cookie_no_token(room: Room) -> None:
    room.enter("ada")
    assert room.client.get(f"{API}/conversations").status_code == 401
