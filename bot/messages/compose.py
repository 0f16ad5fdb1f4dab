"""The composer: facts in, a platform-neutral Message out. Every user-visible word is made in this package.

`bot.delivery` calls `compose` for what lies in the outbox, `handlers.commands` calls `answer` and `flash`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.alerts import Alert, AlertGroup
from bot.domain.baskets import Basket
from bot.domain.units import Asset
from bot.messages import (
    chart,
)
from bot.messages.alerts import Handled, alert_message
from bot.messages.answers import (
    Answer,
)
from bot.messages.atlas import Atlas
from bot.messages.dispatch import words
from bot.messages.groups import group_message
from bot.messages.imagined import (
    Moment,
)
from bot.messages.model import Message
from bot.messages.rich import fit, text_of
from bot.messages.voice import Voice
from bot.subscriptions import ChatSettings


@dataclass(frozen=True, slots=True)
class Composer:
    """`now` is wall-clock unix seconds everywhere here: ages are told as of composing."""

    atlas: Atlas
    baskets: tuple[Basket, ...] = ()
    """What is taken to move together; without them each asset is spoken of alone."""

    def compose(
        self,
        payload: Alert | AlertGroup | Message,
        settings: ChatSettings,
        *,
        repeated: bool,
        now: int,
        private: bool = True,
        escalated: bool = False,
    ) -> Message:
        """What delivery sends: alerts in words, or a message that was composed when it was made.

        `private`: one person alone reads it. `escalated`: nobody took it up where it was told first.
        """
        voice = self._voice(settings, now, private=private)
        match payload:
            case Alert():
                return fit(alert_message(voice, payload, repeated=repeated, escalated=escalated))
            case AlertGroup():
                return fit(group_message(voice, payload, repeated=repeated, escalated=escalated))
            case Message():
                return payload

    def timed(self, clock: Callable[[], float]) -> Callable[..., Message]:
        """`compose` as delivery calls it, each time as of `clock()`."""

        def composed(
            payload: Alert | AlertGroup | Message,
            settings: ChatSettings,
            *,
            repeated: bool,
            private: bool,
            escalated: bool,
        ) -> Message:
            return self.compose(
                payload,
                settings,
                repeated=repeated,
                private=private,
                escalated=escalated,
                now=int(clock()),
            )

        return composed

    def alert(
        self,
        alert: Alert,
        settings: ChatSettings,
        *,
        repeated: bool,
        now: int,
        handled: Handled | None = None,
        private: bool = True,
    ) -> Message:
        """An alert's card; `handled` shows who took it up."""
        voice = self._voice(settings, now, private=private)
        return fit(alert_message(voice, alert, repeated=repeated, handled=handled))

    def group(
        self,
        group: AlertGroup,
        settings: ChatSettings,
        *,
        repeated: bool,
        now: int,
        handled: Handled | None = None,
        private: bool = True,
    ) -> Message:
        """The card of several alerts; `handled` shows who took all of them up."""
        voice = self._voice(settings, now, private=private)
        return fit(group_message(voice, group, repeated=repeated, handled=handled))

    def answer(self, answer: Answer, settings: ChatSettings, *, now: int, private: bool = True) -> Message:
        """What a command found, in words. Answers ring: somebody waits for them."""
        message = words(self._voice(settings, now, private=private), answer)
        return fit(replace(message, silent=False))

    def chart(
        self,
        alert: Alert,
        points: Sequence[Moment],
        settings: ChatSettings,
        *,
        private: bool,
        now: int,
    ) -> Message | None:
        """The picture of an alert, to be drawn; None where too little is known. `points` are the series of
        its subject and of the price of `charted(alert)`, put together in any order.
        """
        return chart.alert_chart(self._voice(settings, now, private=private), alert, points)

    def charted(self, alert: Alert) -> Asset | None:
        """The asset whose price the chart of an alert shows; None where there is no chart of it."""
        return chart.charted(self._voice(ChatSettings(), 0, private=True), alert)

    def _voice(self, settings: ChatSettings, now: int, *, private: bool) -> Voice:
        return Voice.of(self.atlas, settings, now, private=private, baskets=self.baskets)

    def flash(self, answer: Answer, settings: ChatSettings, *, now: int, private: bool = True) -> str:
        """The answer to a press in at most 200 characters, Telegram's limit on what it flashes."""
        message = words(self._voice(settings, now, private=private), answer)
        return text_of(message.lines)[:200]
