"""Where a webhook may go: what a name stands for is checked, and the connection goes to what was checked."""

import asyncio
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from threading import Event

import pytest

from moddog_site.variables import PROJECT
from review.enforcement.webhooks.addresses import Host, RefusedAddress, refusal


def run(coroutine):
    """In a thread of its own: in this one the browser tests may have left a loop running."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, coroutine).result()


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
        run(Host(host, 80, allows_private=False).resolve())


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", "bad..name"])
def test_a_name_that_leads_nowhere_is_refused(host):
    with pytest.raises(RefusedAddress, match="cannot be resolved"):
        run(Host(host, 80, allows_private=True).resolve())


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
        run(Host("two-faced.example", 80, allows_private=False).resolve())


def test_the_connection_goes_to_what_was_checked_whatever_the_name_says_next(names, monkeypatch):
    """The name answers with a public address first, and with a private one to whoever asks again."""
    names(["8.8.8.8"], ["127.0.0.1"])
    connected = []

    async def opened(host, *args, **kwargs):
        connected.append(host)

    monkeypatch.setattr(asyncio, "open_connection", opened)
    rebinding = Host("rebinding.example", 80, allows_private=False)
    run(rebinding.connect(None))
    assert connected == ["8.8.8.8"]
    with pytest.raises(RefusedAddress):
        run(rebinding.connect(None))
    assert connected == ["8.8.8.8"]


def test_a_name_server_that_hangs_is_asked_once_for_all_who_wait_and_holds_up_no_other_name(monkeypatch):
    asked, answers = [], Event()

    def getaddrinfo(name, port, *args, **kwargs):
        asked.append(name)
        if name == "hanging.example":
            assert answers.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    async def ask():
        hanging = Host("hanging.example", 80, allows_private=False)
        waiting = [asyncio.ensure_future(hanging.resolve()) for _ in range(100)]
        for number in range(50):
            assert await Host(f"{number}.example", 80, allows_private=False).resolve() == ["8.8.8.8"]
        waiting[0].cancel()
        await asyncio.wait(waiting[:1])
        assert not any(each.done() for each in waiting[1:])
        answers.set()
        return await asyncio.gather(*waiting[1:])

    assert run(ask()) == [["8.8.8.8"]] * 99
    assert asked.count("hanging.example") == 1


def test_a_process_does_not_wait_for_a_name_server_at_its_end():
    """A pool's threads are joined at the end, however long a name server hangs; these are not."""
    program = (
        "import asyncio, socket, threading\n"
        "from review.enforcement.webhooks.addresses import Host\n"
        "socket.getaddrinfo = lambda *args, **kwargs: threading.Event().wait()\n"
        "host = Host('hanging.example', 80, allows_private=False)\n"
        "try:\n"
        "    asyncio.run(asyncio.wait_for(host.resolve(), 0.01))\n"
        "except TimeoutError:\n"
        "    print('given up')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, timeout=60, check=True)
    assert ended.stdout == b"given up\n"
