"""Where a webhook may go: to public addresses, and to private ones of a host that an instance admin allowed.

A name is resolved once and the connection goes to an address that was checked: a name that answers otherwise the next
time leads nowhere else.
"""

import asyncio
import socket
from concurrent.futures import Future
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from ssl import SSLContext
from threading import Thread

EMBEDDING = (ip_network("64:ff9b::/96"), ip_network("::/96"))  # NAT64, and what came before mapped addresses
Address = IPv4Address | IPv6Address


class RefusedAddress(OSError):
    """A webhook may not go there; the message says why."""


def refusal(address: Address, *, allows_private: bool) -> str:
    """Why a webhook may not go to `address`; empty where it may.

    Link-local addresses are refused even to whom private ones are allowed: clouds keep their credentials there.
    """
    address = _embedded(address)
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return f"{address} is no address of a receiver"
    if allows_private or (address.is_global and not address.is_reserved and not _is_site_local(address)):
        return ""
    return f"{address} is a private address, which an instance admin would have to allow"


class Host:
    """Whom a webhook is sent to. Its name is looked up for each connection, but once at a time.

    The system cannot be interrupted at that. So each look-up has a thread of its own, for which nobody waits at the end
    of the process; and whoever asks meanwhile waits for the same answer: a name server that hangs holds up one thread,
    and its own host alone.
    """

    def __init__(self, name: str, port: int, *, allows_private: bool) -> None:
        self.name, self.port, self._allows_private = name, port, allows_private
        self._asked: Future[list[str]] | None = None

    async def connect(self, tls: SSLContext | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to what was checked; with `tls` the certificate is still that of the name. Raises OSError."""
        addresses = await self.resolve()
        server_name = self.name if tls else None
        for address in addresses[:-1]:
            with suppress(OSError):
                return await asyncio.open_connection(address, self.port, ssl=tls, server_hostname=server_name)
        return await asyncio.open_connection(addresses[-1], self.port, ssl=tls, server_hostname=server_name)

    async def resolve(self) -> list[str]:
        """The addresses, all of them checked. Raises RefusedAddress, also where only one of them is refused."""
        if self._asked is None or self._asked.done():
            self._asked = self._look_up()
        try:
            addresses = await asyncio.wrap_future(self._asked)
        except (OSError, UnicodeError):
            raise RefusedAddress(f"the name {self.name} cannot be resolved") from None
        for each in addresses:
            if reason := refusal(ip_address(each), allows_private=self._allows_private):
                raise RefusedAddress(reason)
        return addresses

    def _look_up(self) -> "Future[list[str]]":
        answer: Future[list[str]] = Future()
        answer.set_running_or_notify_cancel()  # whoever is tired of waiting does not end it for the others

        def ask() -> None:
            try:
                found = socket.getaddrinfo(self.name, self.port, type=socket.SOCK_STREAM)
                answer.set_result(list(dict.fromkeys(str(address[4][0]) for address in found)))
            except (OSError, UnicodeError) as error:
                answer.set_exception(error)

        Thread(target=ask, name=f"resolve {self.name}", daemon=True).start()
        return answer


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does: mapped, compatible, 6to4, Teredo or NAT64."""
    if isinstance(address, IPv4Address) or address.is_loopback or address.is_unspecified:
        return address
    if any(address in network for network in EMBEDDING):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def _is_site_local(address: Address) -> bool:
    return isinstance(address, IPv6Address) and address.is_site_local
