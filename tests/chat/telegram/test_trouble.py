"""Closed doors, misfortune and the peer's bookkeeping, as a real python-telegram-bot sees them."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
import telegram
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from tests.chat.telegram.server import TelegramPeer
from tests.chat.telegram.trouble import Kind


def status_of(url: str, body: bytes = b"{}") -> int:
    """The HTTP status of a JSON request made without python-telegram-bot."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def get_me(peer: TelegramPeer, token: str) -> int:
    return status_of(f"{peer.base_url}{token}/getMe")


async def test_closed_doors(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann, bob = peer.user(1001, "Ann"), peer.user(1002, "Bob", started=False)
    room = peer.group(-55, "Friends", ann, bob)
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(9, "Hi")
    with pytest.raises(Forbidden, match=r"(?i)can't initiate conversation"):
        await bot.send_message(bob.id, "Hi")
    ann.block()
    with pytest.raises(Forbidden, match=r"(?i)bot was blocked by the user"):
        await bot.send_message(ann.id, "Hi")
    ann.unblock()
    await bot.send_message(ann.id, "Hi")
    room.remove_bot(by=ann)
    with pytest.raises(Forbidden, match=r"(?i)bot was kicked from the group chat"):
        await bot.send_message(room.id, "Hi")
    statuses = [
        one.my_chat_member.new_chat_member.status for one in await bot.get_updates() if one.my_chat_member
    ]
    assert statuses == ["kicked", "member", "kicked"]
    ann.delete_account()
    with pytest.raises(Forbidden, match=r"(?i)user is deactivated"):
        await bot.send_message(ann.id, "Hi")


async def test_a_migrated_group_names_its_new_id(peer: TelegramPeer, bot: telegram.Bot) -> None:
    ann = peer.user(1001, "Ann")
    room = peer.group(-55, "Friends", ann)
    moved = room.migrate(-1005, by=ann)
    with pytest.raises(ChatMigrated) as told:
        await bot.send_message(room.id, "Hi")
    assert told.value.new_chat_id == moved.id
    await bot.send_message(moved.id, "Hi")
    joined, *told = await bot.get_updates()
    assert joined.my_chat_member is not None
    assert joined.my_chat_member.chat.id == moved.id
    assert joined.my_chat_member.new_chat_member.status == "member"
    old, new = [one.message for one in told if one.message]
    assert (old.migrate_to_chat_id, new.migrate_from_chat_id) == (moved.id, room.id)


async def test_throttling_by_chat_and_for_all(peer: TelegramPeer, bot: telegram.Bot) -> None:
    peer.user(1001, "Ann")
    peer.user(1002, "Bob")
    trouble = peer.throttle(7, times=2, chat=1001)
    await bot.send_message(1002, "free")
    for _ in range(2):
        with pytest.raises(RetryAfter) as told:
            await bot.send_message(1001, "stopped")
        assert told.value.retry_after == timedelta(seconds=7)
    await bot.send_message(1001, "free again")
    assert trouble.met == 2
    peer.throttle(1)
    with pytest.raises(RetryAfter):
        await bot.get_me()
    assert [one.text for one in peer.ledger.sent()] == ["free", "free again"]


@pytest.mark.parametrize(
    ("kind", "accepted", "error"),
    [
        (Kind.DROP_BEFORE, 0, NetworkError),
        (Kind.DROP_AFTER, 1, NetworkError),
        (Kind.SERVER_ERROR, 0, NetworkError),
        (Kind.BAD_GATEWAY, 0, NetworkError),
    ],
)
async def test_a_send_that_fails_is_accepted_or_not(
    peer: TelegramPeer, bot: telegram.Bot, kind: Kind, accepted: int, error: type[Exception]
) -> None:
    peer.user(1001, "Ann")
    peer.trouble(kind)
    with pytest.raises(error):
        await bot.send_message(1001, "Hi")
    assert len(peer.ledger.sent()) == accepted
    await bot.send_message(1001, "Hi")
    assert len(peer.ledger.sent()) == accepted + 1
    assert [call.status for call in peer.ledger.called("sendMessage")][-1] == 200


async def test_a_hanging_request_is_not_accepted(peer: TelegramPeer, bot: telegram.Bot) -> None:
    peer.user(1001, "Ann")
    hang = peer.trouble(Kind.HANG, method="sendMessage")
    with pytest.raises(TimedOut):
        await bot.send_message(1001, "Hi", read_timeout=0.2)
    assert hang.met == 1
    hang.release()
    await peer.until(lambda: any(peer.ledger.called("sendMessage")))
    assert peer.ledger.sent() == []


async def test_tokens(peer: TelegramPeer) -> None:
    wrong = "7000000001:AAanotherTokenOfTheSameGoodLookingShape"
    statuses = [await asyncio.to_thread(get_me, peer, token) for token in (wrong, "nonsense", peer.token)]
    assert statuses == [401, 404, 200]
    assert [call.method for call in peer.ledger.calls] == ["getMe"]


async def test_the_rate_is_the_fullest_window(peer: TelegramPeer, bot: telegram.Bot) -> None:
    peer.user(1001, "Ann")
    times = iter([0, 400, 999, 1000, 1998, 5000])
    peer.ledger.clock_ms = lambda: next(times)
    message = {"chat": {"id": 1001}, "message_id": 1}
    for _ in range(6):
        peer.ledger.accept("sent", message)
    assert peer.ledger.busiest(1000) == 3
    assert peer.ledger.busiest(60_000, 1001) == 6
    assert peer.ledger.busiest(1000, 5) == 0


async def send_too_much() -> None:
    async with TelegramPeer() as peer, telegram.Bot(peer.token, base_url=peer.base_url) as bot:
        peer.user(1001, "Ann")
        with pytest.raises(BadRequest, match="4097"):
            await bot.send_message(1001, "x" * 4097)
        assert peer.ledger.entries == []


async def throw_a_die() -> None:
    async with TelegramPeer() as peer, telegram.Bot(peer.token, base_url=peer.base_url) as bot:
        peer.user(1001, "Ann")
        with pytest.raises(InvalidToken):
            await bot.send_dice(1001)


async def test_a_request_against_the_api_is_answered_400_and_fails_the_test_that_made_it() -> None:
    with pytest.raises(AssertionError, match=r"too long at sendMessage\.text: 4097 characters"):
        await send_too_much()


async def test_a_published_method_that_the_peer_does_not_play_is_no_success() -> None:
    with pytest.raises(AssertionError, match="not played at sendDice"):
        await throw_a_die()


async def test_json_bodies_are_taken_and_judged_by_their_types(peer: TelegramPeer) -> None:
    peer.user(1001, "Ann")
    url = f"{peer.base_url}{peer.token}/sendMessage"
    assert await asyncio.to_thread(status_of, url, b'{"chat_id": 1001, "text": "Hi"}') == 200
    assert await asyncio.to_thread(status_of, url, b'{"chat_id": 1001, "text": 5}') == 400
    assert await asyncio.to_thread(status_of, url, b'["chat_id"]') == 400
    assert await asyncio.to_thread(status_of, url, b'{"chat_id') == 400
    kinds = [fault.kind for fault in peer.faults]
    assert kinds == ["wrong type", "unreadable body", "unreadable body"]
    peer.faults.clear()


async def test_an_outage_ends_on_the_same_port_with_the_ledger_kept(
    peer: TelegramPeer, bot: telegram.Bot
) -> None:
    peer.user(1001, "Ann")
    await bot.send_message(1001, "before")
    port = peer.port
    await peer.stop()
    with pytest.raises(NetworkError):
        await bot.send_message(1001, "during")
    await peer.start(port)
    await bot.send_message(1001, "after")
    assert [one.text for one in peer.ledger.sent()] == ["before", "after"]


async def test_waiting_in_vain_says_what_was_seen(peer: TelegramPeer, bot: telegram.Bot) -> None:
    peer.user(1001, "Ann")
    heard: list[str] = []
    peer.ledger.on_accept.append(lambda entry: heard.append(entry.text))
    await bot.send_message(1001, "something else")
    with pytest.raises(TimeoutError, match="something else"):
        await peer.wait_for(lambda one: one.text == "Hello", within=0.01)
    assert heard == ["something else"]
