"""The front desk: a request in, rights checked once, the command run, its answer put into the outbox.

Every gateway hands its requests here (`bot.ports.Desk`); `underkeel ask` calls `answer` for the bare facts.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import structlog

from bot.domain.alerts import Alert
from bot.errors import SourceError, StoreError, UserError
from bot.messages.alerts import Handled
from bot.messages.answers import Answer, Fault, NotAllowed
from bot.messages.compose import Composer
from bot.messages.model import Message, parse_press
from bot.ports import Delivery, Lane, Operation, Request
from handlers.commands.access import Admission, FloodGate, Policy
from handlers.commands.command import Access, Call, Command, Services
from handlers.commands.parse import read_line
from handlers.commands.position import offer
from handlers.commands.presses import PRESSES, Pressed
from handlers.commands.table import COMMANDS

log = structlog.get_logger()

START: Final = "start"
Found = TypeVar("Found")


class FrontDesk:
    """Fits `bot.ports.Desk`. Opens nothing; StoreError passes through, for the gateway to try again."""

    def __init__(
        self,
        services: Services,
        composer: Composer,
        policy: Policy,
        *,
        gate: FloodGate | None = None,
        commands: Sequence[Command] = COMMANDS,
    ) -> None:
        self._services = services
        self._composer = composer
        self._policy = policy
        self._gate = gate or FloodGate()
        self._commands = tuple(commands)

    @property
    def commands(self) -> tuple[Command, ...]:
        """For menus."""
        return self._commands

    async def handle(self, request: Request) -> None:
        """Answer a line of text through the outbox; a redelivered request is answered once."""
        found = await self._refusal(request) or await self._answer(request)
        if found is not None and not isinstance(found, _Silence):
            await self._send(request, found)

    async def answer(self, request: Request) -> Answer:
        """The facts alone, for `ask`; nothing is sent. An empty line is answered with /help."""
        return await self._answer(request) or await self.answer(replace(request, text="/help"))

    async def notice(self, request: Request) -> str:
        """Handle a press; the words to flash. Rights are checked again: a button outlives them."""
        refusal = await self._refusal(request)
        if refusal is not None:
            return "" if isinstance(refusal, _Silence) else await self._flash(request, refusal)
        pressed = await self._pressed(request)
        if pressed.answer is not None:
            await self._send(request, pressed.answer)
        if pressed.card is not None:
            await self._edit_card(request, *pressed.card)
        return await self._flash(request, pressed.flash) if pressed.flash is not None else ""

    # ---- inside ---------------------------------------------------------------------------------

    async def _refusal(self, request: Request) -> "Fault | _Silence | None":
        """Whoever floods is told once, then ignored until it calms."""
        now = self._services.clock()
        match self._gate.admit(request.person.id, now):
            case Admission.IN:
                return None
            case Admission.TELL:
                return Fault("flood", str(self._gate.wait_s(request.person.id, now)))
            case Admission.IGNORE:
                return _Silence()

    async def _answer(self, request: Request) -> Answer | None:
        """None = not for us, or nothing for a stranger in a group."""
        access = await self._policy.access_of(request, self._services.book)
        try:
            line = read_line(request.text, self._commands, private=request.private)
        except UserError as error:
            return self._stranger(request) if access is Access.ANYONE else _fault(error)
        if line is None:
            return None
        became = False
        if line.command is not None and line.command.name == START and line.args:
            became = await self._spend(request, line.args[0])
            access = Access.OPERATOR if became else access
        needed = line.command.access if line.command else Access.ALLOWED
        if access is Access.ANYONE and access < needed:
            return self._stranger(request)
        if access < needed:
            return NotAllowed(request.person.id, request.place.id, operators_only=True)
        if line.command is not None and line.command.private_only and not request.private:
            return NotAllowed(request.person.id, request.place.id, private_only=True)
        call = Call(request, self._services, line.args, access, became, self._commands)
        if line.command is None:
            return await _safely("offer", offer(call))
        return await _safely(line.command.name, line.command.run(call))

    def _stranger(self, request: Request) -> NotAllowed | None:
        """In a group strangers are not answered at all: most slash commands there are for other bots."""
        return NotAllowed(request.person.id, request.place.id) if request.private else None

    async def _spend(self, request: Request, code: str) -> bool:
        if not self._policy.code.spend(code):
            return False
        try:
            await self._services.book.add_operator(request.person.id)
        except StoreError:
            self._policy.code.put_back(code)
            raise
        log.info("operator added by code", platform=request.place.platform)
        return True

    async def _pressed(self, request: Request) -> Pressed:
        press = parse_press(request.press)
        if press is None:
            return Pressed()
        act = PRESSES.get(press.verb)
        if act is None:
            text = f"/{press.verb} {press.argument}".strip()
            return Pressed(answer=await self._answer(replace(request, text=text)))
        access = await self._policy.access_of(request, self._services.book)
        if access is Access.ANYONE:
            return Pressed(flash=NotAllowed(request.person.id, request.place.id))
        call = Call(request, self._services, (press.argument,), access, commands=self._commands)
        done = await _safely(press.verb, act(call))
        return Pressed(flash=done) if isinstance(done, Fault) else done

    async def _flash(self, request: Request, answer: Answer) -> str:
        settings = await self._services.book.settings(request.place.id)
        return self._composer.flash(answer, settings, now=int(self._services.clock()))

    async def _send(self, request: Request, answer: Answer) -> None:
        settings = await self._services.book.settings(request.place.id)
        now = int(self._services.clock())
        message = self._composer.answer(answer, settings, now=now)
        key = f"answer:{request.place.id}:{request.id}"
        await self._services.outbox.append((self._delivery(request, key, key, Operation.SEND, message),))

    async def _edit_card(self, request: Request, alert: Alert, handled: Handled) -> None:
        """Show on the incident's card who took it up; in line with the incident's other messages."""
        settings = await self._services.book.settings(request.place.id)
        now = int(self._services.clock())
        message = self._composer.alert(alert, settings, repeated=False, now=now, handled=handled)
        key = f"card:{request.place.id}:{request.id}"
        edit = self._delivery(request, key, alert.subject, Operation.EDIT, message)
        await self._services.outbox.append((replace(edit, incident=alert.incident),))

    def _delivery(
        self, request: Request, key: str, subject: str, operation: Operation, message: Message
    ) -> Delivery:
        return Delivery(
            id=key,
            destination=request.place.id,
            subject=subject,
            lane=Lane.ANSWER,
            operation=operation,
            payload=message,
            created_at=int(self._services.clock()),
        )


class _Silence:
    """Not even a refusal is said."""


def _fault(error: UserError) -> Fault:
    return Fault(error.problem, error.wrong, error.example, error.nearest)


async def _safely(name: str, work: Awaitable[Found]) -> Found | Fault:
    """Whatever goes wrong in a command is an answer, and a bug is logged; StoreError alone passes."""
    try:
        return await work
    except UserError as error:
        return _fault(error)
    except StoreError:
        raise
    except SourceError as error:
        log.warning("source away", command=name, why=str(error))
        return Fault("source_away")
    except Exception:
        log.exception("command failed", command=name)
        return Fault("internal")
