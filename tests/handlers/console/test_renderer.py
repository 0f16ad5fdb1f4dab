"""Cards on a terminal and plain words in a pipe."""

from bot.messages.model import Button, Copy, Message, Open, Press, Span, Style
from handlers.console.renderer import first_words, plain, render
from handlers.console.terminal import shows_links

CARD = Message(
    (
        (Span("🔴 CRITICAL · treasury.eth · HF 1.07", Style.BOLD),),
        (
            Span("repay "),
            Span("118,200 USDC", Style.CODE),
            Span(" see "),
            Span("docs", url="https://a.example/x"),
        ),
    ),
    details=((Span("WETH   200.0   83 %"),),),
    buttons=(
        (Button("Snooze 1h", Press("snooze", "1")), Button("Ack", Press("ack", "1"))),
        (Button("Open Aave", Open("https://app.aave.com/")), Button("Amount", Copy("118200"))),
    ),
)


def shown(message: Message, width: int = 80, **how: bool) -> str:
    return "".join(text for _, text in render(message, width, name="#12", **how))


def test_a_card_has_an_edge_its_lines_and_numbered_buttons() -> None:
    assert shown(CARD).splitlines() == [
        "▌ 🔴 CRITICAL · treasury.eth · HF 1.07",
        "▌ repay 118,200 USDC see docs (https://a.example/x)",
        "▌   WETH   200.0   83 %",
        "▌ #12 [1] Snooze 1h  [2] Ack",
        "▌ ↗ Open Aave: https://app.aave.com/",
        "▌ ⧉ Amount: 118200",
    ]
    assert render(CARD, 80)[0] == ("class:bar.critical", "▌ ")


def test_a_narrow_card_is_broken_at_spaces() -> None:
    assert shown(CARD, 24).splitlines()[:4] == [
        "▌ 🔴 CRITICAL · ",
        "▌ treasury.eth · HF 1.07",
        "▌ repay 118,200 USDC see",
        "▌ docs ",
    ]


def test_a_terminal_that_opens_links_is_told_the_address_instead_of_showing_it() -> None:
    told = shown(CARD, links=True)
    assert "\x1b]8;;https://a.example/x\x1b\\docs\x1b]8;;\x1b\\" in told
    assert "(https" not in told
    assert shows_links({"VTE_VERSION": "7600"})
    assert not shows_links({"TERM": "xterm"})


def test_plain_words_have_no_edge_no_presses_and_no_escapes() -> None:
    assert plain(CARD).splitlines() == [
        "🔴 CRITICAL · treasury.eth · HF 1.07",
        "repay 118,200 USDC see docs (https://a.example/x)",
        "  WETH   200.0   83 %",
        "Open Aave: https://app.aave.com/",
        "Amount: 118200",
    ]


def test_a_hostile_name_cannot_steer_the_terminal() -> None:
    wicked = Message(((Span("\x1b]0;owned\x07\x9b31m\u202eeslaf", url="https://a.example/\x1b]8"),),))
    assert shown(wicked) == "▌  ]0;owned  31meslaf\n"


def test_first_words_fit() -> None:
    assert first_words(CARD, 80) == "🔴 CRITICAL · treasury.eth · HF 1.07"
    assert first_words(CARD, 12) == "🔴 CRITICAL…"
    assert first_words(Message(()), 12) == ""
