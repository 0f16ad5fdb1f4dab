"""How interactions are answered: the first answer within 3 seconds, then 15 minutes of edits and follow-ups.

Called by routes. What comes too late, twice, or does not fit the deed is refused as Discord refuses it.
"""

from __future__ import annotations

from typing import Any

from tests.chat.discord.discord import Discord, Refusal
from tests.chat.discord.interactions import (
    FIRST_SECONDS,
    FOLLOW_UPS_OF_USER_APP,
    TOKEN_SECONDS,
    Interaction,
    State,
    Type,
)
from tests.chat.discord.posting import Uploads, delete, edit, post
from tests.chat.discord.world import Flag, Json, Message

MESSAGE, THINKING, DEFERRED, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FITTING = {
    Type.COMMAND: {MESSAGE, THINKING, MODAL},
    Type.COMPONENT: {MESSAGE, THINKING, DEFERRED, UPDATE, MODAL},
    Type.AUTOCOMPLETE: {CHOICES},
    Type.MODAL: {MESSAGE, THINKING, DEFERRED, UPDATE},
}


def first(dc: Discord, interaction_id: int, token: str, body: Json, uploads: Uploads) -> Json:
    """Take the first answer, and return what `with_response` would tell."""
    of = dc.interactions.get(interaction_id)
    if of is None or of.token != token or dc.clock() > of.at + FIRST_SECONDS:
        raise Refusal(10062)
    if of.state is not State.WAITING:
        raise Refusal(40060)
    kind, data = body["type"], body.get("data") or {}
    needs_message = kind in (DEFERRED, UPDATE) and of.message is None
    if kind not in FITTING[of.type] or needs_message:
        dc.fault("unfit answer", "callback.type", f"{kind} does not answer {of.type.name}")
        wrong = [{"code": "INTERACTION_CALLBACK_TYPE", "message": "does not fit this interaction"}]
        raise Refusal(50035, {"type": {"_errors": wrong}})
    of.first_ms = dc.ledger.clock_ms()
    message = _take(dc, of, kind, data, uploads)
    dc.ledger.change()
    return _response(of, kind, message)


def _take(dc: Discord, of: Interaction, kind: int, data: Json, uploads: Uploads) -> Message | None:
    if kind in (MESSAGE, THINKING):
        channel = dc.world.channels[of.channel]
        of.ephemeral = bool(int(data.get("flags") or 0) & Flag.EPHEMERAL) or of.must_be_private
        body = data if kind == MESSAGE else {}
        of.state = State.ANSWERED if kind == MESSAGE else State.THINKING
        made = post(dc, channel, body, uploads, of=of, ephemeral=of.ephemeral, thinking=kind == THINKING)
        of.original = made.id
        of.answered_ms = of.first_ms if kind == MESSAGE else None
        return made
    if kind in (DEFERRED, UPDATE):
        of.original, of.state = of.message, State.DEFERRED
        if kind == UPDATE:
            of.state, of.answered_ms = State.ANSWERED, of.first_ms
            return edit(dc, original(dc, of), data, uploads, of=of)
        return None
    if kind == CHOICES:
        of.state, of.choices = State.CHOICES, list(data.get("choices") or [])
    else:
        of.state, of.modal = State.MODAL, data
    of.answered_ms = of.first_ms
    return None


def _response(of: Interaction, kind: int, message: Message | None) -> Json:
    about: Json = {"id": str(of.id), "type": int(of.type)}
    about |= {"channel_id": str(of.channel)}
    resource: Json = {"type": kind}
    if message is not None:
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": kind == THINKING,
            "response_message_ephemeral": of.ephemeral,
        }
        resource["message"] = message.body
    return {"interaction": about, "resource": resource}


# With the token, for 15 minutes


def holder(dc: Discord, token: str) -> Interaction:
    """The interaction of a token that has had its first answer and is not too old."""
    of = dc.tokens.get(token)
    if of is None or of.state is State.WAITING:
        raise Refusal(10015)
    if dc.clock() > of.at + TOKEN_SECONDS:
        raise Refusal(50027)
    return of


def original(dc: Discord, of: Interaction) -> Message:
    if of.original is None:
        raise Refusal(10008)
    return _one(dc, of.original)


def follow_up(dc: Discord, token: str, body: Json, uploads: Uploads) -> Json:
    """A further message; while the bot is still thinking, the first one takes the place of that."""
    of = holder(dc, token)
    if of.state is State.THINKING:
        return change(dc, token, None, body, uploads)
    if of.only_by_user and len(of.follow_ups) >= FOLLOW_UPS_OF_USER_APP:
        raise Refusal(40094)
    ephemeral = bool(int(body.get("flags") or 0) & Flag.EPHEMERAL) or of.must_be_private
    made = post(dc, dc.world.channels[of.channel], body, uploads, of=of, ephemeral=ephemeral)
    of.follow_ups.append(made.id)
    if of.answered_ms is None:
        of.answered_ms = dc.ledger.clock_ms()
    return made.body


def named(dc: Discord, token: str, message_id: int | None) -> tuple[Interaction, Message]:
    """A message of this interaction: @original (None) or one of its follow-ups."""
    of = holder(dc, token)
    if message_id is None:
        return of, original(dc, of)
    if message_id not in (of.original, *of.follow_ups):
        raise Refusal(10008)
    return of, _one(dc, message_id)


def change(dc: Discord, token: str, message_id: int | None, body: Json, uploads: Uploads) -> Json:
    of, message = named(dc, token, message_id)
    edit(dc, message, body, uploads, of=of)
    if of.state in (State.THINKING, State.DEFERRED):
        of.state, of.answered_ms = State.ANSWERED, dc.ledger.clock_ms()
        dc.ledger.change()
    return message.body


def take_away(dc: Discord, token: str, message_id: int | None) -> None:
    of, message = named(dc, token, message_id)
    delete(dc, message, of=of)


def _one(dc: Discord, message_id: int) -> Message:
    try:
        message: Any = dc.world.message(message_id)
    except LookupError:
        raise Refusal(10008) from None
    assert isinstance(message, Message)
    return message
