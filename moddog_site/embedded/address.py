"""The address that the web process will serve."""

from __future__ import annotations

import socket


class PortTaken(Exception):
    """Nobody can listen there; the message says why and what to do."""


def check_free(host: str, port: int) -> None:
    """Raises `PortTaken` where `host` and `port` cannot be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise PortTaken(f"cannot listen on {host} port {port} ({error.strerror}): choose another port") from None


def shown(host: str, port: int) -> str:
    """The address to type into a browser on this machine."""
    name = {"0.0.0.0": "localhost", "::": "localhost", "127.0.0.1": "localhost"}.get(host, host)  # noqa: S104
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
