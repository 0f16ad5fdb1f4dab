"""What all routes and people work on, and the questions they share: may the bot write here, is this its own.

The refusals carry Discord's own codes and sentences, since bots tell errors apart by them.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chat.discord.clock import Clock
from tests.chat.discord.gateway import Gateway
from tests.chat.discord.interactions import Interaction, Type, must_be_private, payload
from tests.chat.discord.ledger import Ledger
from tests.chat.discord.rights import Right
from tests.chat.discord.world import BOT_ID, THREADS, Channel, Json, Kind, Message, World
from tests.chat.telegram.faults import Fault

SENTENCES = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (403, "This interaction has reached the limit of follow up messages."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    160002: (400, "Cannot reply without permission to read message history"),
}


class Refusal(Exception):
    """What Discord answers instead of a result: its code, and for 50035 the tree of errors."""

    def __init__(self, code: int, errors: Json | None = None) -> None:
        self.status, self.says = SENTENCES[code]
        super().__init__(f"{self.status} {code} {self.says}")
        self.code, self.errors = code, errors

    @property
    def body(self) -> Json:
        told: Json = {"message": self.says, "code": self.code}
        return told | ({"errors": self.errors} if self.errors else {})


@dataclass(frozen=True, slots=True)
class Stored:
    """An uploaded file, by anybody. `wire` is the attachment object."""

    wire: Json
    data: bytes


@dataclass(slots=True)
class Discord:
    """`base` is where this server listens: attachments are served from below it."""

    clock: Clock
    ledger: Ledger
    world: World
    gateway: Gateway
    base: str = ""
    interactions: dict[int, Interaction] = field(default_factory=dict)
    tokens: dict[str, Interaction] = field(default_factory=dict)
    commands: list[Json] = field(default_factory=list)
    syncs: int = 0
    """How often the bot has written its commands."""
    files: dict[int, Stored] = field(default_factory=dict)

    # Places

    def channel(self, channel_id: int) -> Channel:
        """The channel, if the bot may see it now."""
        channel = self.world.channels.get(channel_id)
        if channel is None or channel.deleted:
            raise Refusal(10003)
        if channel.parent is not None and self.world.channels[channel.parent].deleted:
            raise Refusal(10003)
        if channel.guild is not None and Right.VIEW_CHANNEL not in self.world.rights(BOT_ID, channel):
            raise Refusal(50001)
        return channel

    def open_for(self, channel_id: int, body: Json, files: Mapping[int, object]) -> Channel:
        """The channel, if the bot may post this there now."""
        channel = self.channel(channel_id)
        if channel.kind is Kind.DM:
            assert channel.user is not None
            if not (self.world.users[channel.user].takes_dms and self.world.is_known(channel.user)):
                raise Refusal(50007)
            return channel
        if channel.kind is Kind.FORUM:
            raise Refusal(50008)
        in_thread = channel.kind in THREADS
        needed = [Right.SEND_MESSAGES_IN_THREADS if in_thread else Right.SEND_MESSAGES]
        needed += [Right.EMBED_LINKS] if body.get("embeds") else []
        needed += [Right.ATTACH_FILES] if files else []
        mine = self.world.rights(BOT_ID, channel)
        if any(one not in mine for one in needed):
            raise Refusal(50013)
        if body.get("message_reference") and Right.READ_MESSAGE_HISTORY not in mine:
            raise Refusal(160002)
        if channel.archived and channel.locked and Right.MANAGE_THREADS not in mine:
            raise Refusal(50083)
        channel.archived = False
        return channel

    def standing(self, channel_id: int, message_id: int) -> Message:
        """A message that the bot may look at through its channel; what one person alone sees is not there."""
        message = self.channel(channel_id).messages.get(message_id)
        if message is None or message.seen_by is not None:
            raise Refusal(10008)
        return message

    def own(self, channel_id: int, message_id: int) -> Message:
        message = self.standing(channel_id, message_id)
        if message.author != BOT_ID:
            raise Refusal(50005)
        if self.world.channels[channel_id].archived:
            raise Refusal(50083)
        return message

    def fault(self, kind: str, where: str, says: str) -> None:
        self.ledger.faults.append(Fault(kind, where, says))

    # Interactions

    def interact(
        self,
        kind: Type,
        user: int,
        channel: Channel,
        data: Json,
        owned: Json,
        *,
        message: Message | None = None,
    ) -> Interaction:
        """Somebody did something: tell the bot, and remember what its answer will be for."""
        token = secrets.token_urlsafe(96)
        told = payload(self.world, kind, user, channel, token, data, owned)
        if message is not None:
            told["message"] = copy.deepcopy(message.body)
        made = Interaction(
            int(told["id"]), token, kind, user, channel.id, self.clock(), self.ledger.clock_ms(), told,
            message=None if message is None else message.id,
            only_by_user="0" not in owned,
            must_be_private=must_be_private(self.world, user, channel, owned),
        )  # fmt: skip
        self.interactions[made.id] = self.tokens[token] = made
        made.delivered = self.gateway.dispatch("INTERACTION_CREATE", told)
        return made

    # Files

    def store(self, channel: int, name: str, kind: str, data: bytes, described: Json | None = None) -> Json:
        """Keep a file and return its attachment object, with an address that serves it."""
        file_id = self.world.new_id()
        where = f"{self.base}/attachments/{channel}/{file_id}/{name}?ex=0&is=0&hm=0&"
        told: Json = {
            "id": str(file_id),
            "filename": name,
            "size": len(data),
            "url": where,
            "proxy_url": where,
            "content_type": kind,
        }
        told |= {key: value for key, value in (described or {}).items() if key in ("description", "title")}
        self.files[file_id] = Stored(told, data)
        return told
