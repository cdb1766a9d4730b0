"""A tiny HTTP/1.1 server on a free loopback port, for stand-ins that must also hang up in the middle of a request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its whole body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: JSON, or bytes as they are."""

    status: int
    body: Any = field(default_factory=dict)

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        head = (
            f"HTTP/1.1 {self.status} Stand-In\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\n\r\n"
        )
        return head.encode() + body


# None hangs up without a word.
Handler = Callable[[Request], Awaitable[Answer | None]]


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


@asynccontextmanager
async def serve(handler: Handler, port: int = 0) -> AsyncIterator[int]:
    """Serve on loopback; gives the port. Connections still open at the end are closed, whatever they wait for."""
    connections: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while (answer := await handler(await _read_request(reader))) is not None:
                writer.write(answer.encoded())
                await writer.drain()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(talk(reader, writer))
        connections.add(task)

        def end(task: asyncio.Task[None]) -> None:
            connections.discard(task)
            writer.close()

        task.add_done_callback(end)

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
