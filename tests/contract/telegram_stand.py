"""Telegram for the contract suites: the peer of the tests, one person in a private chat."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from telegram import Bot

from bot.ports import Gateway, Sender
from bot.subscriptions import Destination
from handlers.telegram.client import telegram_client
from handlers.telegram.gateway import TelegramGateway
from handlers.telegram.sender import TelegramSender
from tests.chat.telegram.server import TelegramPeer
from tests.chat.telegram.trouble import Kind
from tests.contract.stands import MENU, PlaceNotes, Stand, Strike

_TROUBLES = {
    Strike.DROPPED_BEFORE: Kind.DROP_BEFORE,
    Strike.DROPPED_AFTER: Kind.DROP_AFTER,
    Strike.SERVER_ERROR: Kind.SERVER_ERROR,
    Strike.GARBAGE: Kind.BAD_GATEWAY,
}


def telegram_gateway(bot: Bot, **more: Any) -> TelegramGateway:
    return TelegramGateway(bot, MENU, **({"steward": PlaceNotes()} | more))


class TelegramStand:
    def __init__(self, peer: TelegramPeer, bot: Bot) -> None:
        self.peer, self.bot = peer, bot
        self.ann = peer.user(1001, "Ann")
        self.sender: Sender = TelegramSender(bot)
        self.place = Destination("telegram", str(self.ann.id))
        self.moved_to = "-1004001"
        self._bob = peer.user(1002, "Bob")
        self._group = peer.supergroup(-1008, "Treasury", self.ann, self._bob)

    def gateway(self) -> Gateway:
        return telegram_gateway(self.bot)

    def screen(self) -> list[str]:
        return [one.text for one in self.peer.visible(self.ann.id)]

    def files(self) -> list[tuple[str, str]]:
        return [(one.file.name, one.file.text) for one in self.peer.ledger.sent(self.ann.id) if one.file]

    def say_in_group(self, text: str, *, as_admin: bool) -> None:
        (self.ann if as_admin else self._bob).send(self._group, text)

    def hand_over(self, text: str, name: str, content: bytes) -> None:
        self.ann.send_document(self.ann.private, name, content, text)

    def answered(self) -> str:
        return str(self.peer.visible(self.ann.id)[-1].reply_to or "")

    def say(self, text: str) -> None:
        self.ann.say(text)

    def press(self, message_id: str, label: str) -> None:
        self.ann.press(self.ann.private, int(message_id), label)

    async def flashed(self) -> str:
        return str((await self.peer.answer(self.ann.pressed[-1])).get("text", ""))

    async def strike(self, how: Strike) -> Destination:
        match how:
            case Strike.THROTTLED_7_S:
                self.peer.throttle(7)
            case Strike.NOBODY_LISTENS:
                await self.peer.stop()
            case Strike.UNKNOWN_CHAT:
                return Destination("telegram", "424242")
            case Strike.REFUSED_BY_READER:
                self.ann.block()
            case Strike.MIGRATED:
                self.peer.group(-4001, "Treasury", self.ann).migrate(int(self.moved_to), self.ann)
                return Destination("telegram", "-4001")
            case _:
                self.peer.trouble(_TROUBLES[how])
        return self.place


@asynccontextmanager
async def telegram_stand(folder: Path) -> AsyncIterator[Stand]:
    async with TelegramPeer() as peer, telegram_client(peer.token, peer.base_url) as bot:
        yield TelegramStand(peer, bot)
