"""Every error of the house, grouped by what we do about it; adapters translate third-party errors into these.

    UnderkeelError
    ├── SettingsError     exit, listing every fault at once
    ├── UserError         answer the person, change nothing
    ├── SourceError       skip this reading, log once on change
    ├── EpisodeError      an episode cannot be read or played: say every fault
    ├── StoreError        the memory is away: wait and try again
    └── DeliveryError
        ├── RateLimited       wait as long as the platform said
        ├── Transient         try again with backoff
        ├── Rejected          this message can never pass: dead letter
        └── DestinationGone   nobody is there any more: mute the destination
            └── DestinationMoved   the chat has a new id: follow it

Anything else is a bug: traceback, restart with backoff.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class UnderkeelError(Exception):
    """Base of all errors that the house itself raises."""


class SettingsError(UnderkeelError):
    """The program cannot start as it is set; `faults` are complete sentences, no secret in them."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass
class UserError(UnderkeelError):
    """A person's input cannot be used. `problem` is a key of the composer, never a sentence.

    `wrong` is the part at fault as typed, `example` a whole input that would work,
    `nearest` known words close to the wrong part, best first.
    """

    problem: str
    wrong: str = ""
    example: str = ""
    nearest: tuple[str, ...] = ()


class SourceError(UnderkeelError):
    """An outside source gave no usable answer; the text names the source by host at most."""


class EpisodeError(UnderkeelError):
    """An episode is not as it must be; `faults` are complete sentences, what they quote is hostile text."""

    def __init__(self, name: str, faults: Sequence[str]) -> None:
        self.name = name
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{name}: {fault}" for fault in self.faults))


class StoreError(UnderkeelError):
    """The store did not answer or refused."""


class DeliveryError(UnderkeelError):
    """A platform did not take a message."""


class RateLimited(DeliveryError):
    """Wait `retry_after` seconds; `everything` means the whole platform, not just this chat."""

    def __init__(self, retry_after: float, *, everything: bool = False) -> None:
        self.retry_after = retry_after
        self.everything = everything
        super().__init__(f"told to wait {retry_after:g} s")


class Transient(DeliveryError):
    """Try again later. `maybe_sent`: the request left us, so the platform may have taken it."""

    def __init__(self, why: str, *, maybe_sent: bool = False) -> None:
        self.maybe_sent = maybe_sent
        super().__init__(why)


class Rejected(DeliveryError):
    """The platform says this very message is wrong; sending it again cannot help."""


class DestinationGone(DeliveryError):
    """The chat is deleted or has blocked the bot."""


class DestinationMoved(DestinationGone):
    """The chat lives on under `chat` (Telegram: group -> supergroup)."""

    def __init__(self, chat: str) -> None:
        self.chat = chat
        super().__init__("the chat has a new id")
