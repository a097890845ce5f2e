"""Where a webhook may go: to public addresses, and to private ones of a host that an instance admin allowed.

A name is resolved once and the connection goes to an address that was checked: a name that answers otherwise the next
time leads nowhere else.
"""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from httpcore2 import SOCKET_OPTION, AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError

EMBEDDING = (ip_network("64:ff9b::/96"), ip_network("::/96"))  # NAT64, and what came before mapped addresses
Address = IPv4Address | IPv6Address


class RefusedAddress(ConnectError):
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


async def resolve(host: str, port: int, *, allows_private: bool) -> list[str]:
    """The addresses of `host`, all of them checked. Raises RefusedAddress, also where only one of them is refused."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedAddress(f"the name {host} cannot be resolved") from None
    addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
    for each in addresses:
        if reason := refusal(ip_address(each), allows_private=allows_private):
            raise RefusedAddress(reason)
    return addresses


class CheckedBackend(AsyncNetworkBackend):
    """Connects to what was checked. The certificate is still that of the name: TLS is begun by the caller."""

    def __init__(self, *, allows_private: bool) -> None:
        self._allows_private, self._plain = allows_private, AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        addresses = await resolve(host, port, allows_private=self._allows_private)
        for address in addresses[:-1]:
            with suppress(ConnectError):
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._plain.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


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
