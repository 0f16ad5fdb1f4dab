"""What is done at the destination, by the operation of a delivery. Called by `bot.delivery.attempt`.

Raises what a sender raises; where a platform refuses one way and there is another, that is tried at once.
"""

from typing import assert_never

import structlog

from bot.errors import DestinationGone, Rejected
from bot.messages.model import Message, Picture
from bot.ports import ChartOf, Claim, Operation, Sender
from bot.subscriptions import Destination

log = structlog.get_logger()


async def perform(
    sender: Sender, claim: Claim, to: Destination, message: Message, picture: Picture | None, *, is_late: bool
) -> str:
    """The platform's id of a new message, empty for an edit or a deletion. `is_late`: an answer's handle is
    no longer taken.
    """
    if picture is None or isinstance(claim.delivery.payload, ChartOf):
        return await _perform(sender, claim, to, message, picture, is_late=is_late)
    try:
        return await _perform(sender, claim, to, message, picture, is_late=is_late)
    except Rejected as error:
        log.info("picture refused, words sent alone", to=to.id, why=str(error))
        return await _perform(sender, claim, to, message, None, is_late=is_late)


async def _perform(
    sender: Sender, claim: Claim, to: Destination, message: Message, picture: Picture | None, *, is_late: bool
) -> str:
    delivery = claim.delivery
    match delivery.operation:
        case _ if delivery.answer_to:
            return await _answer(sender, claim, to, message, picture, is_late=is_late)
        case Operation.DELETE:
            if claim.message_id and not claim.shared:
                await sender.delete(to, claim.message_id)
            return ""
        case Operation.EDIT if claim.message_id and not claim.shared:
            try:
                await sender.edit(to, claim.message_id, message)
            except Rejected as error:
                # Too old or deleted by a person: its words are still owed.
                log.info("edit refused, sent anew", to=to.id, why=str(error))
                return await sender.send(to, message, key=delivery.id)
            return ""
        case Operation.SEND:
            return await sender.send(to, message, key=delivery.id, picture=picture)
        case Operation.REPLY | Operation.EDIT | Operation.PICTURE:
            return await sender.send(to, message, claim.message_id, key=delivery.id, picture=picture)
        case never:
            assert_never(never)


async def _answer(
    sender: Sender, claim: Claim, to: Destination, message: Message, picture: Picture | None, *, is_late: bool
) -> str:
    """Under the request's handle. Without it only in private: elsewhere others would read what was meant
    for one person, and a platform that no longer knows the request says nothing about the place.
    """
    key = claim.delivery.id
    if not is_late:
        try:
            return await sender.send(
                to, message, answer_to=claim.delivery.answer_to, key=key, picture=picture
            )
        except (Rejected, DestinationGone) as error:
            if picture or not to.is_private:
                raise Rejected(str(error)) from error
            log.info("handle refused, sent plainly", to=to.id, why=str(error))
    return await sender.send(to, message, key=key, picture=picture)
