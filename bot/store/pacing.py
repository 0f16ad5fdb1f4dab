"""How fast each platform may be spoken to: data for the outbox, which enforces it for all workers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.subscriptions import Destination


@dataclass(frozen=True, slots=True)
class Pace:
    """One message each `interval_us` microseconds on average, `burst` of them at once; 0 = no limit.

    Answers to people and critical alerts may go `ahead` messages before their turn; what is neither then
    waits for longer. Whatever they are, two are `gap_us` apart.
    """

    interval_us: int = 0
    burst: int = 1
    ahead: int = 0
    gap_us: int = 0


FREE: Final = Pace()


@dataclass(frozen=True, slots=True)
class PlatformPace:
    """`overall` holds for the whole platform, the others for one chat with all its threads."""

    overall: Pace = FREE
    private: Pace = FREE
    group: Pace = FREE

    def chat(self, to: Destination) -> Pace:
        """A chat id below zero is a group or channel (https://core.telegram.org/bots/api#chat)."""
        return self.group if to.chat.startswith("-") else self.private


_DISCORD_CHAT: Final = Pace(1_250_000, burst=2, ahead=8)

PACING: Final[Mapping[str, PlatformPace]] = {
    # 27 a second of about 30, as a network makes some late and the next seem early; 1 a second a chat;
    # in any minute 18 of 20 a group, with answers 19
    # (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)
    "telegram": PlatformPace(
        Pace(1_000_000 // 27 + 1), Pace(1_000_000), Pace(3_750_000, burst=2, ahead=1, gap_us=1_000_000)
    ),
    # 45 a second of 50 (https://discord.com/developers/docs/topics/rate-limits), 5 in 5 seconds a channel,
    # not counting answers to interactions
    "discord": PlatformPace(Pace(1_000_000 // 45 + 1), _DISCORD_CHAT, _DISCORD_CHAT),
    "console": PlatformPace(),
}
