"""Https: TLS in front of the steps' server. It is loaded where it is asked for only: most servers do without."""

import asyncio
import ssl
from pathlib import Path
from threading import Thread
from typing import Any

KNOCKING = 1024  # at once, as with waitress; asyncio's own hundred lets the next one wait for a second, to knock again


class Https:
    """TLS before a server that speaks none: one loop shakes hands with everybody, however slowly they do it."""

    def __init__(self, inner: Any, port: int, certificate: tuple[Path, Path], patience: float) -> None:
        self.inner = inner
        self.loop = asyncio.new_event_loop()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        tls: dict[str, Any] = {"ssl": context, "ssl_handshake_timeout": patience}
        opening = asyncio.start_server(self.relay, "127.0.0.1", port, backlog=KNOCKING, **tls)
        self.listening = self.loop.run_until_complete(opening)
        self.effective_port = self.listening.sockets[0].getsockname()[1]

    def run(self) -> None:
        """Serve until Ctrl-C."""
        Thread(target=self.loop.run_forever, daemon=True).start()
        self.inner.run()

    async def relay(self, guest: asyncio.StreamReader, to_guest: asyncio.StreamWriter) -> None:
        """Pass on both ways, and from the guest's own address."""
        address = to_guest.get_extra_info("peername")[0]
        try:
            server = await asyncio.open_connection("127.0.0.1", self.inner.effective_port, local_addr=(address, 0))
        except OSError:
            to_guest.close()
        else:
            await asyncio.gather(pass_on(guest, server[1]), pass_on(server[0], to_guest))


async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """All that comes, until one of the two has gone."""
    try:
        while piece := await source.read(64 * 1024):
            target.write(piece)
            await target.drain()
    except OSError:
        pass  # whoever went away without a farewell
    finally:
        target.close()
