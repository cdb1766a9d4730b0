"""A mail server on loopback that takes mails in, or refuses them as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass
class SmtpStandIn:
    """`answers` maps a command (RCPT, DATA, MESSAGE: what follows DATA) to what is said instead of 250; "" hangs up."""

    answers: dict[str, str] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> SmtpStandIn:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 stand-in")
        while (line := await reader.readline()) and (reply := await self._answer(line.decode().strip(), reader, say)):
            await say(reply)
        writer.close()

    async def _answer(self, line: str, reader: asyncio.StreamReader, say: object) -> str:
        command = line.partition(" ")[0].upper()
        if command in self.answers and command != "DATA":
            return self.answers[command]
        if command == "EHLO":
            return "250-stand-in\r\n250 AUTH PLAIN"
        if command == "AUTH":
            self.logins += 1
            return "235 ok"
        if command == "RCPT":
            self.recipients.append(line.partition("<")[2].rstrip(">"))
        if command == "DATA":
            return await self._take(reader, say)
        return "221 bye" if command == "QUIT" else "250 ok"

    async def _take(self, reader: asyncio.StreamReader, say: object) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        await say("354 go on")  # type: ignore[operator]
        mail = await reader.readuntil(b"\r\n.\r\n")
        if "MESSAGE" in self.answers:
            return self.answers["MESSAGE"]
        self.mails.append(mail)
        return "250 taken"
