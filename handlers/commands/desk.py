"""The front desk: a request in, rights checked at that moment, the command run, its answer into the outbox.

Every gateway hands its requests here (`bot.ports.Desk`); `underkeel ask` calls `answer` for the bare facts.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import structlog

from bot.errors import SourceError, StoreError, UserError
from bot.messages.answers import Answer, Fault, NotAllowed, TooLate
from bot.messages.compose import Composer
from bot.messages.model import parse_press
from bot.ports import Request, Suggestion
from handlers.commands.access import Admission, FloodGate, Policy, Rights
from handlers.commands.command import Access, Call, Command, Services
from handlers.commands.parse import Invocation, read_line
from handlers.commands.position import offer
from handlers.commands.posting import Posting
from handlers.commands.presses import PRESSES, Pressed, Verb
from handlers.commands.suggest import suggestions
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
        self._posting = Posting(services, composer)
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
        if found is None and request.answer_to:
            found = Fault("unknown_command", request.text, "/help")
        if found is not None and not isinstance(found, _Silence):
            await self._posting.answer(request, found)

    async def answer(self, request: Request) -> Answer:
        """The facts alone, for `ask`; nothing is sent. An empty line is answered with /help."""
        return await self._answer(request) or await self.answer(replace(request, text="/help"))

    async def notice(self, request: Request) -> str:
        """Handle a press; the words to flash. Rights are checked again: a button outlives them."""
        refusal = await self._refusal(request)
        if refusal is not None:
            return "" if isinstance(refusal, _Silence) else await self._posting.flash(request, refusal)
        pressed = await self._pressed(request)
        if pressed.answer is not None:
            await self._posting.answer(request, pressed.answer)
        if pressed.cards:
            await self._posting.edit(request, pressed.cards)
        return await self._posting.flash(request, pressed.flash) if pressed.flash is not None else ""

    async def suggest(self, request: Request, source: str, typed: str) -> tuple[Suggestion, ...]:
        """What fits an option while somebody types; nothing for strangers or when anything is wrong."""
        try:
            rights = await self._policy.rights(request, self._services.book, Access.VIEWER)
            if rights.access < Access.VIEWER:
                return ()
            call = Call(request, self._services, (), rights.access, commands=self._commands)
            return await suggestions(call, source, typed)
        except StoreError as error:
            log.warning("nothing suggested", source=source, why=str(error))
        except Exception:
            log.exception("suggesting failed", source=source)
        return ()

    # ---- inside ---------------------------------------------------------------------------------

    async def _refusal(self, request: Request) -> "Fault | _Silence | None":
        """Whoever floods is told once, then ignored until it calms: unless they see us think."""
        now = self._services.clock()
        admission = self._gate.admit(request.person.id, now)
        if admission is Admission.IN:
            return None
        if admission is Admission.IGNORE and not request.answer_to:
            return SILENCE
        if admission is Admission.TELL:
            self._log_refused(request, "flood", "patience")
        return Fault("flood", str(self._gate.wait_s(request.person.id, now)))

    async def _answer(self, request: Request) -> Answer | None:
        """None = not for us, or nothing for a stranger in a group."""
        if request.file is not None and not request.text and request.private:
            request = replace(request, text="/import")  # what else would a bare file be
        try:
            line = read_line(request.text, self._commands, private=request.private)
        except UserError as error:
            rights = await self._policy.rights(request, self._services.book, Access.VIEWER)
            return self._stranger(request) if rights.access is Access.ANYONE else _fault(error)
        return None if line is None else await self._run(request, line)

    async def _run(self, request: Request, line: Invocation) -> Answer | None:
        command, book = line.command, self._services.book
        became = let_in = False
        if command is not None and command.name == START and not request.quoted:
            became = bool(line.args) and await self._spend(request, line.args[0])
            let_in = await self._let_in(request)
        needed = command.access_for(line.args) if command else Access.VIEWER
        rights = await self._policy.rights(request, book, needed)
        if rights.access < needed:
            return self._denied(request, f"/{command.name}" if command else "offer", needed, rights)
        if command is not None and request.quoted and needed > Access.VIEWER:
            self._log_refused(request, f"/{command.name}", "words of their own")
            return Fault("not_your_words", f"/{command.name}")
        if command is not None and command.name == START and rights.access is Access.ANYONE and line.args:
            self._log_refused(request, "/start", "the code from my terminal")
        if command is not None and command.private_only and not request.private:
            return NotAllowed(request.person.id, request.home.id, private_only=True)
        if rights.access > Access.ANYONE and request.place != request.home and not request.is_abroad:
            await book.add_place(request.home.id, request.place.id)
        call = Call(request, self._services, line.args, rights.access, became, self._commands, let_in)
        if command is None:
            return await _safely("offer", offer(call))
        return await _safely(command.name, command.run(call))

    def _denied(self, request: Request, what: str, needs: Access, rights: Rights) -> NotAllowed | None:
        """Said to whoever asked, and kept in the log when it would have changed something."""
        if needs > Access.VIEWER or request.press:
            self._log_refused(request, what, needs.name.lower())
        if rights.access is Access.ANYONE:
            return self._stranger(request)
        return NotAllowed(request.person.id, request.home.id, needs.name.lower(), rights.is_known)

    def _stranger(self, request: Request) -> NotAllowed | None:
        """In a group strangers are not answered at all: most slash commands there are for other bots."""
        waits = request.private or request.answer_to or request.press
        return NotAllowed(request.person.id, request.home.id) if waits else None

    async def _spend(self, request: Request, code: str) -> bool:
        platform = request.place.platform
        if not self._policy.code.spend(platform, code):
            return False
        try:
            await self._services.book.add_operator(request.person.id)
        except StoreError:
            self._policy.code.put_back(platform, code)
            raise
        log.info("operator added by code", platform=platform)
        return True

    async def _let_in(self, request: Request) -> bool:
        let_in = await self._policy.let_in(request, self._services.book)
        if let_in:
            log.info("let in", home=request.home.id, by=request.person.id)
        return let_in

    async def _pressed(self, request: Request) -> Pressed:
        press = parse_press(request.press)
        verb = PRESSES.get(press.verb) if press else None
        if press is None:
            return self._forged(request)
        if verb is not None:
            return await self._act(request, press.verb, press.argument, verb)
        answer = await self._answer(replace(request, text=f"/{press.verb} {press.argument}".strip()))
        if answer is None:
            return self._forged(request)
        return Pressed(flash=answer) if isinstance(answer, NotAllowed) else Pressed(answer=answer)

    async def _act(self, request: Request, name: str, argument: str, verb: Verb) -> Pressed:
        rights = await self._policy.rights(request, self._services.book, verb.access)
        if rights.access < verb.access:
            return Pressed(flash=self._denied(request, name, verb.access, rights))
        call = Call(request, self._services, (argument,), rights.access, commands=self._commands)
        done = await _safely(name, verb.run(call))
        if isinstance(done, Fault):
            return Pressed(flash=done)
        if isinstance(done.flash, TooLate) and not done.flash.known:
            self._log_refused(request, name, "an alert told here")
        return done

    def _forged(self, request: Request) -> Pressed:
        """Data that no button of this version carries."""
        self._log_refused(request, "press", "a button of mine")
        return Pressed(flash=Fault("old_button", example="/help"))

    def _log_refused(self, request: Request, what: str, needs: str) -> None:
        log.warning("refused", person=request.person.id, home=request.home.id, what=what, needs=needs)


class _Silence:
    """Not even a refusal is said."""


SILENCE: Final = _Silence()


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
