"""Pictures that customers send: which are taken."""

from __future__ import annotations

from core.errors import RuleViolationError

SIZE_LIMIT = 5 * 1024 * 1024
# What a file is, is decided by its first bytes, never by its name or the type the sender claims.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def content_type_of(data: bytes) -> str:
    """The type of an accepted picture by its content. RuleViolationError("attachment_type") for anything else."""
    for signature, content_type in _SIGNATURES:
        if data.startswith(signature):
            return content_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise RuleViolationError("attachment_type")
