"""What a what-if or a loop would become as a watch: remembered for its button, kept when it is pressed."""

from collections.abc import Sequence

from bot.domain.whatif.changes import Change
from bot.domain.whatif.engine import Outcome
from bot.messages.answers import Answer
from bot.messages.imagined import DraftGone
from bot.subscriptions import ImaginedTarget, Watch
from handlers.commands.changing import kept
from handlers.commands.command import Call
from handlers.commands.registering import free_label
from handlers.commands.simulate import keep
from handlers.commands.states import IMAGINED_RULES, SIMULATE, Held


async def keep_draft(call: Call, held: Held, done: Outcome, steps: Sequence[Change], label: str = "") -> str:
    """The id for the button."""
    name = free_label(await call.watches(), label, SIMULATE)
    draft = call.services.new_code()
    watch = Watch("", 0, call.home, kept(call, held, done, steps), IMAGINED_RULES, name)
    await call.services.book.keep_draft(call.home, draft, watch)
    return draft


async def keep_pressed(call: Call, draft: str) -> Answer:
    """The draft as a watch; its label only if it is still free."""
    watch = await call.services.book.draft(call.home, draft)
    if watch is None or not isinstance(watch.target, ImaginedTarget):
        return DraftGone()
    watches = await call.watches()
    taken = {one.label.casefold() for one in watches}
    label = "" if watch.label.casefold() in taken else watch.label
    return await keep(call, watches, watch.target, label)
