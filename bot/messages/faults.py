"""What is wrong with an input, in words: a sentence for each, then what was near, then an example that works.

`PROBLEMS` is the list of everything a command may refuse; `bot.errors.UserError.problem` names one of them.
"""

from collections.abc import Mapping
from typing import Final

from bot.messages.answers import Fault, NotAllowed
from bot.messages.catalogue import _
from bot.messages.hostile import clean
from bot.messages.labelproblems import LABEL_PROBLEMS
from bot.messages.model import Line, Message
from bot.messages.rich import code, joined, say
from bot.messages.typed.flowproblems import FLOWS
from bot.messages.typed.problems import TYPED

WRONG_CAP: Final = 80
"""Characters of a wrong part that are quoted back: an address fits whole."""


def _n(text: str) -> str:
    """Marks a text for the catalogue without translating it yet."""
    return text


PROBLEMS: Final[Mapping[str, str]] = {
    "unknown_command": _n("I know no command {wrong}."),
    "flood": _n("That is a lot at once. I listen again in {wrong} s."),
    "wrong_code": _n("The code {wrong} is not the one my terminal shows, or it was used already."),
    "extra_words": _n("I have no use for {wrong} at the end."),
    # addresses and names
    "missing_address": _n("Which wallet? An address or an ENS name is missing."),
    "bad_checksum": _n(
        "The address {wrong} has a typing error: its capital letters do not fit the rest. Copy it again."
    ),
    "address_length": _n(
        "{wrong} is not an address: it has another length than 0x and 40 digits. Copy it whole."
    ),
    "address_digits": _n("{wrong} is not an address: after 0x only 0-9 and a-f may stand."),
    "transaction_hash": _n("{wrong} is a transaction, not an address. Send the address of the wallet."),
    "not_an_address": _n("{wrong} is no address, ENS name or label that I know."),
    "unknown_name": _n("The name {wrong} points to no address."),
    "not_a_name": _n("{wrong} cannot be an ENS name."),
    # watches
    "no_watches": _n("I watch nothing here yet, so there is no {wrong}."),
    "missing_watch": _n("Which watch? Its number, label or address is missing."),
    "no_such_watch": _n("I have no watch {wrong} here."),
    "too_many_watches": _n(
        "This chat watches as much as it may, so I cannot add {wrong}. Stop watching something first."
    ),
    "label_too_long": _n("The label {wrong} is longer than 32 characters."),
    "label_is_condition": _n(
        "The label {wrong} reads like a price condition, and no market that I read has that token."
    ),
    "label_is_number": _n("The label {wrong} is a number, and numbers already name watches."),
    "label_taken": _n("The label {wrong} is in use here already."),
    "label_invisible": _n("The label has no visible letter."),
    # lists
    "file_too_large": _n(
        "That file is too large: I take 1,000 lines at once, and they have less than 200 KB."
    ),
    "file_not_text": _n("That file is no text: I take CSV or plain lines in UTF-8."),
    "empty_list": _n("There is no line with an address in it."),
    "too_many_lines": _n(
        "These are {wrong} lines, and I take 1,000 at once. Nothing was added: send them in parts."
    ),
    "too_many_names": _n("{wrong} is one name too many: I look up 50 in one list. Send it in another."),
    "too_many_prices": _n("{wrong} is one price too many: I look up 100 in one list. Send it in another."),
    "name_not_read": _n("The name {wrong} cannot be looked up just now. Send it again in a while."),
    "price_not_read": _n("The price of {wrong} cannot be read just now. Send it again in a while."),
    # prices
    "missing_asset": _n("Which asset? Its symbol is missing."),
    "unknown_asset": _n("No market that I read has an asset {wrong}."),
    "unknown_market": _n("I read no market {wrong}."),
    "missing_level": _n("At which price? A direction and a price are missing after {wrong}."),
    "not_a_direction": _n("{wrong} is not a direction: it is above, below or moves."),
    "not_a_price": _n("{wrong} is not a price."),
    "price_is_there": _n("The price is past {wrong} already."),
    "not_a_percent": _n("{wrong} is not a percentage between 0.01 % and 100 %."),
    # rules
    "unknown_rule": _n("{wrong} is not a rule."),
    "wrong_kind": _n("The rule {wrong} does not fit this watch."),
    "missing_value": _n("A value is missing after {wrong}."),
    "not_a_health_factor": _n("{wrong} is not a health factor between 0 and 100."),
    "too_many_levels": _n("{wrong} is one level too many: at most 10."),
    "too_many_rules": _n("This watch has as many rules as it may, so I cannot add {wrong}."),
    "not_an_amount": _n("{wrong} is not an amount."),
    "not_on_or_off": _n("{wrong} is neither on nor off."),
    "not_a_page": _n("{wrong} is not a page of the list."),
    "old_button": _n("I do not know this button any more. Type what you want instead."),
    # times and settings
    "not_a_duration": _n("{wrong} is not a time between 1 s and 366 d."),
    "missing_mute": _n("What shall be silent, and how long?"),
    "unknown_setting": _n("{wrong} is not a setting."),
    "target_out_of_range": _n("{wrong} is not a target health factor between 1.01 and 10."),
    "unknown_locale": _n("I know no language or region {wrong}."),
    "unknown_timezone": _n("I know no time zone {wrong}."),
    "not_editors": _n("{wrong} is neither admins nor everyone."),
    "not_add_or_remove": _n("{wrong} is neither add nor remove."),
    "missing_editor": _n("Who? Their id, a mention or a role is missing after {wrong}."),
    "not_a_person": _n(
        "{wrong} is nobody I can find: I need an id, which I tell to anyone whom I refuse something."
    ),
    "not_a_person_or_role": _n("{wrong} is no person or role: mention one, or give an id."),
    "no_such_editor": _n("{wrong} is not an editor by name."),
    "too_many_editors": _n("There are as many editors by name as there may be, so I cannot add {wrong}."),
    "no_such_code": _n(
        "{wrong} is neither here nor default nor a code of mine: a code comes from /connect"
        " in the other chat, and is good once and for 15 minutes."
    ),
    "not_here_or_code": _n(
        "{wrong} is neither here nor off nor a code of mine: a code comes from /connect"
        " in the other chat, and is good once and for 15 minutes."
    ),
    "escalate_out_of_range": _n("{wrong} is not a wait between 1 min and 1 d."),
    "not_auto_on_off": _n("{wrong} is neither auto nor on nor off."),
    "not_a_pace": _n("{wrong} is neither off nor slow nor normal nor fast."),
    "not_hours": _n("{wrong} is no part of a day: from a time to another time, or off."),
    "no_quiet_hours": _n("There are no quiet hours yet, so {wrong} has nothing to pass through."),
    "ping_elsewhere": _n("Only Discord servers have roles to mention, so I cannot use {wrong} here."),
    "not_a_role": _n("{wrong} is not a role of this server: mention one, or off."),
    "everyone_is_no_role": _n("I do not mention everyone: {wrong} must be a role that people chose."),
    **TYPED,
    **FLOWS,
    **LABEL_PROBLEMS,
    "not_your_words": _n("{wrong} was written by somebody else; type it yourself if you want it done."),
    # not the person's doing
    "source_away": _n("The chain does not answer just now. Nothing is lost; try again in a minute."),
    "internal": _n("That was my mistake, and it is in my log. Nothing is lost; your watches go on."),
}
"""`{wrong}` stands quoted. The last two have no wrong part: the input may be right."""
_UNQUOTED: Final = frozenset({"flood", "too_many_lines"})
"""Their wrong part is a number of ours."""


def problem(key: str, wrong: str) -> Line:
    """The sentence of a problem about the part that is wrong."""
    shown = clean(wrong, cap=WRONG_CAP).text
    return say(_(PROBLEMS[key]), wrong=shown if key in _UNQUOTED else f"“{shown}”")


def fault(answer: Fault) -> Message:
    """What is wrong, what was near, what would work."""
    told: list[Line] = [problem(answer.problem, answer.wrong)]
    if answer.nearest:
        near = tuple((code(clean(one, cap=WRONG_CAP, unlink=False).text),) for one in answer.nearest)
        told.append(say(_("Did you mean ")) + joined(near, _(" or ")) + say("?"))
    if answer.example:
        told.append(say(_("This works: {example}"), example=code(answer.example)))
    return Message(tuple(told))


def not_allowed(answer: NotAllowed) -> Message:
    """What is needed and who can give it; the first line says it alone, as a flash may show no more."""
    if answer.private_only:
        return Message((say(_("That is for a private chat with me only.")),))
    if not answer.is_known:
        return Message(
            (
                say(_("I cannot check your rights just now: the chat platform does not answer.")),
                say(_("Nothing was changed; try again in a minute.")),
            )
        )
    return Message(_needs(answer))


def _needs(answer: NotAllowed) -> tuple[Line, ...]:
    person, place = code(answer.person), code(answer.place)
    match answer.needs:
        case "operator":
            return (say(_("That is for my operator only.")),)
        case "admin":
            return (
                say(_("Only admins of this chat or server may do that.")),
                say(_("On Telegram its administrators are, on Discord whoever may manage the server.")),
            )
        case "editor":
            example = code(f"/settings editor add {answer.person}")
            return (
                say(_("Only editors may do that here.")),
                say(_("An admin makes you one: {example}"), example=example),
            )
    return (
        say(_("I am somebody's own bot and do not know you yet.")),
        say(
            _("My operator lets you in by adding {person} (you) or {place} (this chat) to the allow-list."),
            person=person,
            place=place,
        ),
    )
