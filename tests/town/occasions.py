"""What makes the program speak of itself, on both platforms: for the rows of the parity table about notices.

Each occasion returns what was read on Telegram and on Discord; `outage` is one for two rows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from tests.chat.discord.server import DiscordPeer
from tests.chat.telegram.server import TelegramPeer
from tests.messages.samples import WALLET
from tests.town.hands import DiscordHand, TelegramHand
from tests.town.seeing import Seen, on_discord, on_telegram
from tests.town.steps import GROUP_LET_IN, SERVER_LET_IN, Couple
from tests.town.town import Town

Both = tuple[Seen, Seen]
AWAY_S: Final = 130
AGAIN: Final = "I can write here again"


async def joined(here: Town) -> Both:
    """A group and a server that stand on the allow-list let the bot in."""
    owner, boss = here.telegram.stranger, here.discord.stranger
    group = here.telegram.peer.supergroup(GROUP_LET_IN, "New", owner, bot="left")
    group.add_bot(owner)
    told = await here.telegram.peer.wait_for(lambda one: one.chat_id == group.id)
    server = here.discord.peer.server(SERVER_LET_IN, "New", boss, bot=False)
    lobby = server.channel(SERVER_LET_IN + 1, "lobby")
    server.add_bot()
    same = await here.discord.peer.wait_for(lambda one: one.channel_id == lobby.id)
    return on_telegram(told), on_discord(same)


async def lost(here: Town) -> Both:
    """A group and a server where something is watched throw the bot out: the operators hear of their own."""
    one, other = here.telegram, here.discord
    group = one.peer.supergroup(-1902, "Short", one.operator)
    server = other.peer.server(9902, "Short", other.operator)
    room = server.channel(9903, "room")
    hands = Couple.operators(here)
    one.operator.send(group, f"/watch {WALLET}")
    await one.peer.wait_for(lambda entry: entry.chat_id == group.id and "Watching" in entry.text)
    await other.peer.answer(other.operator.slash(room, "watch", "wallet", address=WALLET))
    with hands.listening() as hear:
        group.remove_bot(one.operator)
        server.remove_bot()
        telegram, discord = await hear(lambda seen: "can no longer write" in seen.text and _own(seen))
    assert "removed from the chat" in telegram.text
    return telegram, _worded(discord, "removed from the server", "removed from the chat")


def _own(seen: Seen) -> bool:
    return f" {seen.platform.lower()}/" in seen.text


async def heard_again(here: Town) -> Both:
    """A group and a channel that took the bot's right to write give it back."""
    one, other = here.telegram, here.discord
    group = one.peer.supergroup(-1904, "Loud", one.operator)
    room = other.alerts
    one.operator.send(group, f"/watch {WALLET}")
    await one.peer.wait_for(lambda entry: entry.chat_id == group.id and "Watching" in entry.text)
    await other.peer.answer(other.operator.slash(room, "watch", "wallet", address=WALLET))
    hands = Couple.operators(here)
    with hands.listening() as hear:
        group.mute_bot(one.operator)
        room.mute_bot()
        await hear(lambda seen: "may no longer write" in seen.text and _own(seen))
    group.add_bot(one.operator)
    room.unmute_bot()
    told = await one.peer.wait_for(lambda entry: entry.chat_id == group.id and AGAIN in entry.text)
    same = await other.peer.wait_for(lambda entry: entry.channel_id == room.id and AGAIN in entry.text)
    for home in (f"telegram/{group.id}", other.home):
        await here.book.forget(home)
    return on_telegram(told), on_discord(same)


async def refused(here: Town) -> Both:
    """Both tokens are revoked, one after the other: who is on the other platform hears of it."""
    hands = Couple.operators(here)
    return (
        await _about("Discord", hands.hands[0], here.discord.peer, here),
        await _about("Telegram", hands.hands[1], here.telegram.peer, here),
    )


async def _about(
    platform: str, hand: TelegramHand | DiscordHand, peer: TelegramPeer | DiscordPeer, here: Town
) -> Seen:
    token, after = peer.token, hand.mark()
    peer.revoke()
    try:
        told = await hand.hear(after, lambda seen: f"{platform} refuses me" in seen.text)
    finally:
        peer.token = token
        await here.restart()
    return _worded(told, told.text.partition("refuses me: ")[2].partition("\n")[0], "(why)")


async def outage(here: Town) -> tuple[Both, Both]:
    """Each platform is away for long, then back, while the other works: what was read of both."""
    one, other = Couple.operators(here).hands
    of_discord = await _away_and_back(here, here.discord.peer, "Discord", one)
    of_telegram = await _away_and_back(here, here.telegram.peer, "Telegram", other)
    return (of_discord[0], of_telegram[0]), (of_discord[1], of_telegram[1])


async def _away_and_back(
    here: Town, peer: TelegramPeer | DiscordPeer, name: str, hand: TelegramHand | DiscordHand
) -> Both:
    after, port = hand.mark(), peer.port
    await peer.stop()
    await here.line_told(name.lower(), trouble=True)
    here.clock.advance(AWAY_S)
    await here.steward.tick()
    away_ = await hand.hear(after, lambda seen: f"{name} cannot be reached" in seen.text)
    await peer.start(port)
    here.telegram.stranger.say("/start")  # ends Telegram's long poll, or its being back is known in 30 s
    await here.line_told(name.lower(), trouble=False)
    await here.steward.tick()
    here.clock.advance(3_600)  # the same is not said twice within the hour
    return away_, await hand.hear(after, lambda seen: f"{name} is back" in seen.text)


async def throttled(here: Town) -> Both:
    """Both platforms make us wait for long in one chat."""
    couple, hands = Couple.come(here), Couple.operators(here)
    one, other = couple.hands
    await couple.watch()
    await here.feed.health(200)
    one.peer.throttle(90, chat=one.person.id)
    other.peer.throttle(90, channel=other.person.dm)
    with hands.listening() as hear:
        await here.feed.health(109)
        both = await hear(lambda seen: seen.text.startswith(seen.platform) and "to wait" in seen.text)
    await couple.leave()
    return both[0], both[1]


async def given_up(here: Town) -> Both:
    """An alert for a place that cannot be: it becomes a dead letter."""
    couple, hands = Couple.come(here), Couple.operators(here)
    await couple.watch()
    for hand in couple.hands:
        (watch,) = await here.book.of(hand.home)
        await here.book.put(replace(watch, place=f"{hand.home.partition('/')[0]}/x1"))
    with hands.listening() as hear:
        await here.feed.health(200)
        await here.feed.health(109)
        telegram, discord = await hear(lambda seen: "is given up" in seen.text and _own(seen))
    await couple.leave()
    return telegram, _worded(_worded(discord, " that can be written to", ""), "discord/x1", "telegram/x1")


async def crashed(here: Town) -> Both:
    hands = Couple.operators(here)
    with hands.listening() as hear:
        here.house.crashed("watchers", RuntimeError("made up"))
        both = await hear(lambda seen: "started again: watchers" in seen.text)
    return both[0], both[1]


def _worded(seen: Seen, platforms: str, ours: str) -> Seen:
    """With what is each platform's own to say put alike."""
    return replace(seen, text=seen.text.replace(platforms, ours))


OCCASIONS: Final[dict[str, Callable[[Town], Awaitable[Both]]]] = {
    "Joined": joined,
    "Place lost": lost,
    "Place back": heard_again,
    "Platform refused": refused,
    "Throttled": throttled,
    "Given up": given_up,
    "Crashed": crashed,
}
