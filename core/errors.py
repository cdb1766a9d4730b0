"""The one error tree. An error carries a stable code and context for logs and edges, never customer-facing text."""

from __future__ import annotations


class DangolError(Exception):
    """Base of every error raised on purpose.

    `code` is stable snake_case, safe to show to a program; `context` holds ids and limits, never message text.
    """

    def __init__(self, code: str, **context: object) -> None:
        super().__init__(code)
        self.code = code
        self.context = context

    def __str__(self) -> str:
        if not self.context:
            return self.code
        details = ", ".join(f"{name}={value!r}" for name, value in self.context.items())
        return f"{self.code} ({details})"


class NotFoundError(DangolError):
    """The thing named does not exist, or is not the caller's to see."""


class ConflictError(DangolError):
    """Somebody else was first, or one key came with two different bodies."""


class RuleViolationError(DangolError):
    """A rule of the shop, or of the data, forbids it."""


class PermissionDeniedError(DangolError):
    """The actor may not do this."""


class UnauthenticatedError(DangolError):
    """No credential, or one that does not hold."""


class RateLimitedError(DangolError):
    """Too many in too short a time; `context["retry_after"]` says after how many seconds again."""


class ExternalServiceError(DangolError):
    """A service outside this process did not answer as agreed."""
