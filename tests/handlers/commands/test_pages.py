"""A long list: pages, their buttons, and only what is shown is read."""

from bot.domain.units import Address
from bot.messages.rich import text_of
from bot.ports import WalletSeen
from bot.subscriptions import WalletTarget, Watch
from handlers.commands.wallets import PAGE
from tests.handlers.commands.stand import Stand, presses


async def long_list(stand: Stand, count: int) -> list[Address]:
    """That many wallets; those that were read, in a list."""
    await stand.book.add_many(
        [Watch("", 0, "telegram/7", WalletTarget(Address(f"0x{n:040x}")), ()) for n in range(count)]
    )
    read: list[Address] = []
    positions = stand.positions.wallet

    async def wallet(address: Address, market: str = "") -> WalletSeen:
        read.append(address)
        return await positions(address, market)

    stand.positions.wallet = wallet  # type: ignore[method-assign]
    return read


async def test_a_long_list_has_pages_and_reads_only_the_one_shown(stand: Stand) -> None:
    read = await long_list(stand, 2 * PAGE + 1)
    message = await stand.message(stand.request("/wallets"))
    assert message is not None
    told = text_of(message.lines).split("\n")
    assert len(told) == PAGE + 1
    assert told[0].startswith("#1 ")
    assert told[-1] == "Page 1 of 3, 41 watched"
    assert presses(message) == {"More ›": "1|wallets|2"}
    assert len(read) == PAGE
    _, (second,) = await stand.press("1|wallets|2")
    assert second.startswith(f"#{PAGE + 1} ")
    assert presses(stand.outbox.messages[-1]) == {"‹ Back": "1|wallets|1", "More ›": "1|wallets|3"}
    _, (last,) = await stand.press("1|wallets|3")
    assert last.split("\n")[-1] == "Page 3 of 3, 41 watched"
    assert presses(stand.outbox.messages[-1]) == {"‹ Back": "1|wallets|2"}


async def test_a_list_of_one_page_has_no_number(stand: Stand) -> None:
    await long_list(stand, PAGE)
    message = await stand.message(stand.request("/wallets"))
    assert message is not None
    assert len(message.lines) == PAGE
    assert message.buttons == ()
