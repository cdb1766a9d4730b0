"""Who may call what: one table of every route, its permission and its CSRF policy. What is not in it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.errors import PermissionDeniedError

API = "/api/v1/staff"
PAGES = "/console"


class Permission(StrEnum):
    """What a route lets somebody do."""

    OPEN = "open"  # before a login
    SIGNED_IN = "signed_in"  # whatever the role
    CONVERSATIONS_READ = "conversations.read"
    CONVERSATIONS_WRITE = "conversations.write"
    ARTICLES_READ = "articles.read"
    ARTICLES_WRITE = "articles.write"


class Csrf(StrEnum):
    """How a route is kept from being called by another site in a member's name."""

    SAFE = "safe"  # changes nothing
    TOKEN = "token"  # a token bound to the cookie comes in a header or a form field
    BEARER = "bearer"  # the credential is no cookie, so no browser adds it by itself


@dataclass(frozen=True, slots=True)
class Access:
    """The entry of a route."""

    permission: Permission
    csrf: Csrf


_EVERYBODY = frozenset({"support", "marketer", "admin"})
ROLES: dict[Permission, frozenset[str]] = {
    Permission.SIGNED_IN: _EVERYBODY,
    Permission.CONVERSATIONS_READ: _EVERYBODY,
    Permission.CONVERSATIONS_WRITE: frozenset({"support", "admin"}),
    Permission.ARTICLES_READ: frozenset({"marketer", "admin"}),
    Permission.ARTICLES_WRITE: frozenset({"marketer", "admin"}),
}

_P, _C = Permission, Csrf
_CONVERSATION, _ARTICLE = "/conversations/{conversation_id}", "/articles/{topic}/{locale}"

ROUTES: dict[tuple[str, str], Access] = {
    ("POST", f"{API}/login"): Access(_P.OPEN, _C.BEARER),
    ("POST", f"{API}/logout"): Access(_P.SIGNED_IN, _C.BEARER),
    ("GET", f"{API}/conversations"): Access(_P.CONVERSATIONS_READ, _C.BEARER),
    ("GET", f"{API}{_CONVERSATION}"): Access(_P.CONVERSATIONS_READ, _C.BEARER),
    ("GET", f"{API}{_CONVERSATION}/attachments/{{attachment_id}}"): Access(_P.CONVERSATIONS_READ, _C.BEARER),
    ("POST", f"{API}{_CONVERSATION}/take"): Access(_P.CONVERSATIONS_WRITE, _C.BEARER),
    ("POST", f"{API}{_CONVERSATION}/release"): Access(_P.CONVERSATIONS_WRITE, _C.BEARER),
    ("POST", f"{API}{_CONVERSATION}/resolve"): Access(_P.CONVERSATIONS_WRITE, _C.BEARER),
    ("POST", f"{API}{_CONVERSATION}/reply"): Access(_P.CONVERSATIONS_WRITE, _C.BEARER),
    ("POST", f"{API}{_CONVERSATION}/note"): Access(_P.CONVERSATIONS_WRITE, _C.BEARER),
    ("GET", f"{API}/articles"): Access(_P.ARTICLES_READ, _C.BEARER),
    ("GET", f"{API}{_ARTICLE}"): Access(_P.ARTICLES_READ, _C.BEARER),
    ("PUT", f"{API}{_ARTICLE}"): Access(_P.ARTICLES_WRITE, _C.BEARER),
    ("POST", f"{API}{_ARTICLE}/publish"): Access(_P.ARTICLES_WRITE, _C.BEARER),
    ("POST", f"{API}{_ARTICLE}/rollback"): Access(_P.ARTICLES_WRITE, _C.BEARER),
    ("GET", f"{PAGES}/login"): Access(_P.OPEN, _C.SAFE),
    ("POST", f"{PAGES}/login"): Access(_P.OPEN, _C.TOKEN),
    ("POST", f"{PAGES}/logout"): Access(_P.SIGNED_IN, _C.TOKEN),
    ("POST", f"{PAGES}/language"): Access(_P.SIGNED_IN, _C.TOKEN),
    ("GET", PAGES): Access(_P.SIGNED_IN, _C.SAFE),
    ("GET", f"{PAGES}/conversations"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("GET", f"{PAGES}/conversations/rows"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("GET", f"{PAGES}/live"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("GET", f"{PAGES}{_CONVERSATION}"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("GET", f"{PAGES}{_CONVERSATION}/head"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("GET", f"{PAGES}{_CONVERSATION}/composer"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("GET", f"{PAGES}{_CONVERSATION}/panel"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("GET", f"{PAGES}{_CONVERSATION}/earlier"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("GET", f"{PAGES}{_CONVERSATION}/attachments/{{attachment_id}}"): Access(_P.CONVERSATIONS_READ, _C.SAFE),
    ("POST", f"{PAGES}{_CONVERSATION}/take"): Access(_P.CONVERSATIONS_WRITE, _C.TOKEN),
    ("POST", f"{PAGES}{_CONVERSATION}/release"): Access(_P.CONVERSATIONS_WRITE, _C.TOKEN),
    ("POST", f"{PAGES}{_CONVERSATION}/resolve"): Access(_P.CONVERSATIONS_WRITE, _C.TOKEN),
    ("POST", f"{PAGES}{_CONVERSATION}/reply"): Access(_P.CONVERSATIONS_WRITE, _C.TOKEN),
    ("POST", f"{PAGES}{_CONVERSATION}/note"): Access(_P.CONVERSATIONS_WRITE, _C.TOKEN),
    ("POST", f"{PAGES}{_CONVERSATION}/cases/{{case_id}}"): Access(_P.CONVERSATIONS_WRITE, _C.TOKEN),
    ("POST", f"{PAGES}{_CONVERSATION}/requests/{{request_id}}"): Access(_P.CONVERSATIONS_WRITE, _C.TOKEN),
    ("GET", f"{PAGES}/articles"): Access(_P.ARTICLES_READ, _C.SAFE),
    ("GET", f"{PAGES}/new-article"): Access(_P.ARTICLES_READ, _C.SAFE),
    ("GET", f"{PAGES}/articles/{{topic}}"): Access(_P.ARTICLES_READ, _C.SAFE),
    ("GET", f"{PAGES}{_ARTICLE}/history"): Access(_P.ARTICLES_READ, _C.SAFE),
    ("POST", f"{PAGES}{_ARTICLE}/draft"): Access(_P.ARTICLES_WRITE, _C.TOKEN),
    ("POST", f"{PAGES}{_ARTICLE}/preview"): Access(_P.ARTICLES_READ, _C.TOKEN),
    ("POST", f"{PAGES}{_ARTICLE}/publish"): Access(_P.ARTICLES_WRITE, _C.TOKEN),
    ("POST", f"{PAGES}{_ARTICLE}/rollback"): Access(_P.ARTICLES_WRITE, _C.TOKEN),
}


def access_of(method: str, path: str) -> Access:
    """The entry of a route by method and path template. PermissionDeniedError("route_undeclared") without one."""
    access = ROUTES.get(("GET" if method == "HEAD" else method, path))
    if access is None:
        raise PermissionDeniedError("route_undeclared")
    return access


def allowed(role: str, permission: Permission) -> bool:
    """Whether a role has a permission."""
    return role in ROLES.get(permission, frozenset())
