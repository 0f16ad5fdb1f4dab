"""/import and /export: every line is answered, the good ones added at once; a list goes out and in again."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.alerts import Severity
from bot.domain.rules import DEFAULT_RULES, ClosedRule, HealthRule, PriceMovedRule, PriceRule
from bot.domain.units import WAD, Address, BaseAmount, Bps, Wad
from bot.errors import SourceError, UserError
from bot.messages.model import Message
from bot.messages.rich import text_of
from bot.ports import Attachment
from bot.subscriptions import ChatSettings, PriceTarget, WalletTarget, Watch
from handlers.commands.command import WATCHES_AT_MOST
from tests.fakes import FakeNames
from tests.handlers.commands.stand import CHAT, EMPTY, OLD, SAVER, Stand
from tests.messages.samples import NOW, USD, WALLET, WETH, alert, treasury


async def send(stand: Stand, text: str, file: str | None = None) -> Message:
    """`file` comes with the request, as an attachment."""

    async def fetch() -> str:
        assert file is not None
        return file

    request = stand.request(text)
    if file is not None:
        request = replace(request, file=Attachment("list.csv", fetch))
    message = await stand.message(request)
    assert message is not None
    return message


def words(message: Message) -> list[str]:
    """Its lines, without the unseen marks that keep names from being links."""
    return text_of(message.lines).replace("\u2060", "").split("\n")


def addresses(watches: tuple[Watch, ...] | list[Watch]) -> list[str]:
    return [one.target.address for one in watches if isinstance(one.target, WalletTarget)]


async def test_lines_behind_the_command_keep_their_ends(stand: Stand) -> None:
    message = await send(stand, f"/import {WALLET}, main wallet\n# mine\n{SAVER}\tsaver\n\n{EMPTY}")
    assert words(message)[0] == "3 watches added"
    assert [(one.number, one.label) for one in stand.book.watches] == [
        (1, "main wallet"),
        (2, "saver"),
        (3, ""),
    ]
    assert addresses(stand.book.watches) == [WALLET, SAVER, EMPTY]
    assert all(one.rules == DEFAULT_RULES and one.created_by == "telegram/7" for one in stand.book.watches)
    assert all(one.created_at == NOW for one in stand.book.watches)
    assert message.file is None


async def test_every_line_of_a_file_is_answered(stand: Stand) -> None:
    await stand.ask(f"/watch {OLD} old")
    wrong_case = WALLET.replace("dA6BF", "da6BF")
    file = "\r\n".join(
        (
            "\ufeffaddress,label",
            f'{WALLET},"a, b"',
            f"{OLD},again",
            f"{WALLET},twice",
            f"{SAVER},OLD",
            "0x12,short",
            f"{wrong_case},case",
            "nobody.eth,x",
            "just words",
            f"{EMPTY},123",
            f"{EMPTY.lower()},{'x' * 33}",
            f"{EMPTY},empty",
        )
    )
    message = await send(stand, "/import", file)
    assert words(message) == [
        "2 watches added, 1 watched already, 1 repeated, 7 not usable",
        "Line 5: The label “OLD” is in use here already.",
        "Line 6: “0x12” is not an address: it has another length than 0x and 40 digits. Copy it whole.",
        (
            f"Line 7: The address “{wrong_case}” has a typing error: its capital letters do not fit the rest."
            " Copy it again."
        ),
        "Line 8: The name “nobody.eth” points to no address.",
        "Line 9: “just words” is no address, ENS name or label that I know.",
        "Line 10: The label “123” is a number, and numbers already name watches.",
        f"Line 11: The label “{'x' * 33}” is longer than 32 characters.",
        f"Room is left for {WATCHES_AT_MOST - 3:,}.",
    ]
    assert message.file is not None
    assert message.file.name == "import-report.csv"
    assert message.file.text.split("\r\n")[:5] == [
        "line,input,result",
        f'2,"{WALLET},""a, b""",added as #2',
        f'3,"{OLD},again",watched already as #1',
        f'4,"{WALLET},twice",the same as line 2',
        f'5,"{SAVER},OLD",The label “OLD” is in use here already.',
    ]
    assert len(message.file.text.split("\r\n")) == 13
    assert addresses(stand.book.watches) == [OLD, WALLET, EMPTY]


async def test_what_is_good_is_added_in_one_step(stand: Stand) -> None:
    before = await stand.book.version()
    await send(stand, f"/import {WALLET}\n0x12\n{SAVER}\n{EMPTY}")
    assert len(stand.book.watches) == 3
    assert await stand.book.version() == before + 1


async def test_names_are_looked_up_a_bounded_number(stand: Stand) -> None:
    stand.names.table = {f"n{i}.eth": Address(wallet_of(i)) for i in range(52)}
    message = await send(stand, "/import " + "\n".join(stand.names.table) + "\nN0.eth")
    assert words(message)[:2] == [
        "50 watches added, 1 repeated, 2 not usable",
        "Line 51: “n50.eth” is one name too many: I look up 50 in one list. Send it in another.",
    ]
    first = stand.book.watches[0].target
    assert isinstance(first, WalletTarget)
    assert first.name == "n0.eth"


class NamesAway(FakeNames):
    async def resolve(self, name: str) -> Address | None:
        raise SourceError(f"rpc.example: no answer for {name}")


async def test_a_name_that_cannot_be_asked_for_is_no_bad_name() -> None:
    message = await send(Stand(names=NamesAway()), f"/import a.eth\n{WALLET}")
    assert words(message)[:2] == [
        "1 watch added, 1 not usable",
        "Line 1: The name “a.eth” cannot be looked up just now. Send it again in a while.",
    ]


def wallet_of(index: int) -> str:
    return f"0x{index + 1:040x}"


async def test_a_thousand_lines_at_once_and_no_more(stand: Stand) -> None:
    lines = [wallet_of(i) for i in range(1_001)]
    message = await send(stand, "/import", "\n".join(lines))
    assert words(message)[0] == (
        "These are 1001 lines, and I take 1,000 at once. Nothing was added: send them in parts."
    )
    assert stand.book.watches == []
    message = await send(stand, "/import", "\n".join(lines[:1_000]))
    assert words(message)[0] == "1,000 watches added"
    assert len(stand.book.watches) == 1_000


async def test_the_room_that_is_left(stand: Stand) -> None:
    await stand.book.add_many(
        tuple(
            Watch("", 0, CHAT.id, WalletTarget(Address(wallet_of(i))), DEFAULT_RULES)
            for i in range(WATCHES_AT_MOST - 1)
        )
    )
    message = await send(stand, f"/import {WALLET}\n{SAVER}")
    assert words(message) == [
        "1 watch added, 1 not usable",
        (
            f"Line 2: This chat watches as much as it may, so I cannot add “{SAVER}”. Stop watching something"
            " first."
        ),
        "Room is left for 0.",
    ]


@pytest.mark.parametrize("text", ["/import", "/import  \n "])
async def test_without_a_list_it_says_how(stand: Stand, text: str) -> None:
    message = await send(stand, text)
    assert text_of(message.lines).startswith("Send /import with a text or CSV file")
    assert [button.action.data() for row in message.buttons for button in row] == ["1|ask|import.text"]  # type: ignore[union-attr]


async def test_a_list_of_nothing(stand: Stand) -> None:
    assert "no line with an address" in text_of((await send(stand, "/import", "# mine\n\n")).lines)


async def test_a_file_that_cannot_be_read_is_told(stand: Stand) -> None:
    async def fetch() -> str:
        raise UserError("file_not_text", "cat.png")

    message = await stand.message(replace(stand.request("/import"), file=Attachment("cat.png", fetch)))
    assert message is not None
    assert words(message) == ["That file is no text: I take CSV or plain lines in UTF-8."]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{WETH.address},,price,nowhere,below 5", "I read no market “nowhere”."),
        (f"{WALLET},,price,ethereum,below 5", f"No market that I read has an asset “{WALLET}”."),
        (f"{WETH.address},,price,ethereum,hf 5", "“hf 5” is not a rule."),
        (f"{WALLET},,wallet,,below 5", "“below 5” is not a rule."),
    ],
)
async def test_rows_whose_columns_do_not_fit(stand: Stand, row: str, reason: str) -> None:
    message = await send(stand, "/import", f"address,label,kind,market,rules\n{row}\n")
    assert words(message)[1] == f"Line 2: {reason}"
    assert stand.book.watches == []


# ---- out and in again ---------------------------------------------------------------------------------

label = st.from_regex(r"[=+@a-z-][a-z, ;=+-]{0,20}[a-z]", fullmatch=True)


@given(st.lists(label, unique_by=lambda one: " ".join(one.split()).casefold(), max_size=6))
@settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
async def test_a_list_goes_out_and_in_again(labels: list[str]) -> None:
    here, there = Stand(), Stand()
    lines = "\n".join(f"{wallet_of(i)};{one}" for i, one in enumerate(labels))
    if labels:
        await send(here, f"/import {lines}")
    rules = (HealthRule((Wad(2 * WAD), Wad(WAD + 1))), ClosedRule())
    prices = (
        PriceRule(WETH, BaseAmount(2500 * USD + 1), above=False, base_unit=USD),
        PriceMovedRule(WETH, Bps(525), 5400, USD),
    )
    await here.book.add(Watch("", 0, CHAT.id, WalletTarget(WALLET), rules, "ruled"))
    await here.book.add(Watch("", 0, CHAT.id, PriceTarget("ethereum", WETH), prices))
    exported = await send(here, "/export list")
    assert exported.file is not None
    await send(there, "/import", exported.file.text)
    assert len(here.book.watches) == len(labels) + 2

    def told(stand: Stand) -> list[object]:
        return [(one.number, one.target, one.label, one.rules) for one in stand.book.watches]

    assert told(there) == told(here)


async def test_everything_goes_out(stand: Stand) -> None:
    await stand.ask(f"/watch {WALLET} treasury")
    await stand.book.put_settings(CHAT.id, ChatSettings(timezone="Europe/Berlin"))
    await stand.book.add_place(CHAT.id, CHAT.id)
    stand.book.alerts.append(alert(treasury(), severity=Severity.CRITICAL))
    await stand.book.add(
        Watch("", 0, "telegram/-100", WalletTarget(SAVER), DEFAULT_RULES, created_by="telegram/7")
    )
    message = await send(stand, "/export")
    assert words(message)[:2] == [
        "All I keep of this chat is in the file: 1 watched, settings, places and the last alerts.",
        "You are named in 1 record of another chat.",
    ]
    assert message.file is not None
    assert message.file.name == "underkeel.json"
    kept = json.loads(message.file.text)
    assert kept["home"] == "telegram/7"
    assert [(one["address"], one["label"], one["created_by"]) for one in kept["watches"]] == [
        (WALLET, "treasury", "telegram/7")
    ]
    assert kept["settings"]["timezone"] == "Europe/Berlin"
    assert kept["places"] == ["telegram/7"]
    assert kept["last_alerts"][0]["seen"]["position"]["debt"] == "412000"
    assert kept["named_elsewhere"] == [{"home": "telegram/-100", "named_as": "added", "watch": 1}]


async def test_an_empty_list_is_told(stand: Stand) -> None:
    message = await send(stand, "/export list")
    assert message.file is None
    assert "empty" in text_of(message.lines)


async def test_a_wrong_word_is_told(stand: Stand) -> None:
    assert "/export list" in await stand.ask("/export lsit")
