"""Where a webhook may go: what a name stands for is checked, and the connection goes to what was checked."""

import asyncio
import socket
from ipaddress import ip_address

import pytest
from httpcore2 import AnyIOBackend

from review.enforcement.webhooks.addresses import CheckedBackend, RefusedAddress, refusal, resolve

PRIVATE = [
    *("127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.2.1", "198.18.0.1"),
    *("240.0.0.1", "255.255.255.255", "::1", "fc00::1", "fec0::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1"),
    "2001:0:0:0:0:0:f5ff:fffe",  # Teredo of 10.0.0.1
]
NEVER = [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "fe80::1",
    "224.0.0.1",
    "ff02::1",
    "0.0.0.0",  # noqa: S104
    "::",
    "::ffff:0.0.0.0",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_ones_are_for_an_instance_admin_to_allow(address):
    assert "private address" in refusal(ip_address(address), allows_private=False)
    assert refusal(ip_address(address), allows_private=True) == ""


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("allows_private", [True, False])
def test_some_are_refused_whoever_allows_private_ones(address, allows_private):
    assert refusal(ip_address(address), allows_private=allows_private)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_ones_are_open(address):
    assert refusal(ip_address(address), allows_private=False) == ""


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "::1", "::ffff:127.0.0.1", "0"],
)
def test_however_a_private_host_is_spelt_it_is_refused(host):
    with pytest.raises(RefusedAddress, match=r"private address|no address of a receiver"):
        asyncio.run(resolve(host, 80, allows_private=False))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", "bad..name"])
def test_a_name_that_leads_nowhere_is_refused(host):
    with pytest.raises(RefusedAddress, match="cannot be resolved"):
        asyncio.run(resolve(host, 80, allows_private=True))


@pytest.fixture
def names(monkeypatch):
    """`names(answer, answer...)`: what the name server says, one after the other."""

    def say(*answers):
        left = list(answers)

        def getaddrinfo(host, port, *args, **kwargs):
            found = left.pop(0) if len(left) > 1 else left[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return say


def test_one_private_address_among_public_ones_is_enough(names):
    names(["8.8.8.8", "10.0.0.1"])
    with pytest.raises(RefusedAddress):
        asyncio.run(resolve("two-faced.example", 80, allows_private=False))


def test_the_connection_goes_to_what_was_checked_whatever_the_name_says_next(names, monkeypatch):
    """The name answers with a public address first, and with a private one to whoever asks again."""
    names(["8.8.8.8"], ["127.0.0.1"])
    connected = []

    async def connect(self, host, *args, **kwargs):
        connected.append(host)

    monkeypatch.setattr(AnyIOBackend, "connect_tcp", connect)
    backend = CheckedBackend(allows_private=False)
    asyncio.run(backend.connect_tcp("rebinding.example", 80))
    assert connected == ["8.8.8.8"]
    with pytest.raises(RefusedAddress):
        asyncio.run(backend.connect_tcp("rebinding.example", 80))
    assert connected == ["8.8.8.8"]
