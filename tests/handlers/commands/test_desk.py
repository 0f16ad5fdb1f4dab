"""Rights, floods, redelivery and buttons."""

from dataclasses import replace

import pytest

from bot.domain.alerts import Reason, Severity
from bot.domain.rules import LiquidatedRule
from bot.errors import StoreError
from bot.messages.compose import Composer
from bot.messages.model import Message, Press
from bot.messages.numbers import plain_decimal
from bot.messages.rich import PRESS_BYTES, text_of
from bot.ports import Lane, Operation, Person
from bot.subscriptions import Destination
from handlers.commands.access import Admission, FloodGate, Policy, StartCode
from handlers.commands.desk import FrontDesk
from handlers.commands.presses import SNOOZE_S
from tests.handlers.commands.stand import ADA, CHAT, Stand, presses
from tests.messages.samples import ATLAS, NOW, WALLET, alert, treasury

STRANGER = Person("telegram/666", "<b>@eve</b>")
GROUP = Destination("telegram", "-100")


async def test_an_answer_goes_to_the_outbox_once_however_often_the_update_comes(stand: Stand) -> None:
    request = stand.request("/help")
    await stand.desk.handle(request)
    await stand.desk.handle(request)
    (delivery,) = stand.outbox.deliveries.values()
    assert delivery.lane is Lane.ANSWER
    assert delivery.operation is Operation.SEND
    assert delivery.destination == "telegram/7"
    assert delivery.subject == delivery.id == "answer:telegram/7:1"


async def test_a_stranger_learns_how_to_be_let_in_and_nothing_else(stand: Stand) -> None:
    for text in ("/wallets", "/watch 0x12", "/nonsense", WALLET, "hello", "/start"):
        message = await stand.message(stand.request(text, person=STRANGER))
        assert message is not None
        assert "telegram/666" in text_of(message.lines)
        assert "do not know you yet" in text_of(message.lines)
    assert stand.book.watches == []


async def test_in_a_group_strangers_and_other_bots_commands_are_not_answered(stand: Stand) -> None:
    assert await stand.message(stand.request("/wallets", person=STRANGER, place=GROUP, private=False)) is None
    for text in ("hello all", "/ban", WALLET, ""):
        assert await stand.message(stand.request(text, place=GROUP, private=False)) is None
    for text in ("/wallets", "/wallets@underkeel_bot"):
        assert await stand.message(stand.request(text, place=GROUP, private=False)) is not None
    wrong = await stand.message(stand.request("/walets@underkeel_bot", place=GROUP, private=False))
    assert wrong is not None
    assert "Did you mean /wallets" in text_of(wrong.lines)


async def test_an_allowed_chat_or_person_may_use_it() -> None:
    stand = Stand(policy=Policy(allowed=frozenset({"telegram/-100", "telegram/8"})))
    inside = await stand.message(stand.request("/wallets", person=STRANGER, place=GROUP, private=False))
    assert inside is not None
    topic = Destination("telegram", "-100", "5")
    assert await stand.message(stand.request("/wallets", person=STRANGER, place=topic, private=False))
    friend = await stand.message(stand.request("/wallets", person=Person("telegram/8")))
    assert friend is not None
    assert "I watch nothing here yet" in text_of(friend.lines)


async def test_an_allowed_group_that_migrated_is_still_heard() -> None:
    stand = Stand(policy=Policy(allowed=frozenset({"telegram/-100"})))
    new, topic = Destination("telegram", "-1009"), Destination("telegram", "-1009", "5")
    for place in (new, topic):
        assert (
            await stand.message(stand.request("/wallets", person=STRANGER, place=place, private=False))
            is None
        )
    stand.book.moves["telegram/-1009"] = frozenset({"telegram/-100"})
    for place in (new, topic):
        assert await stand.message(stand.request("/wallets", person=STRANGER, place=place, private=False))


async def test_the_start_code_makes_one_operator() -> None:
    stand = Stand(policy=Policy(code=StartCode({"telegram": "K7QX-22"})))
    assert "do not know you" in await stand.ask("/wallets")
    wrong = await stand.ask("/start K7QX-23")
    assert wrong.startswith("The code “K7QX-23” is not the one")
    assert (await stand.ask("/start K7QX-22")).startswith("You are my operator now.")
    assert stand.book.made_operators == {"telegram/7"}
    assert "I watch nothing here yet" in await stand.ask("/wallets")
    late = await stand.message(stand.request("/start K7QX-22", person=STRANGER))
    assert late is not None
    assert "used already" in text_of(late.lines)
    assert stand.book.made_operators == {"telegram/7"}


async def test_a_code_is_not_spent_on_a_store_that_is_away() -> None:
    stand = Stand(policy=Policy(code=StartCode({"telegram": "K7QX-22"})))
    works = stand.book.add_operator

    async def away(person: str) -> None:
        raise StoreError("away")

    stand.book.add_operator = away  # type: ignore[method-assign]
    with pytest.raises(StoreError):
        await stand.desk.handle(stand.request("/start K7QX-22"))
    stand.book.add_operator = works  # type: ignore[method-assign]
    assert (await stand.ask("/start K7QX-22")).startswith("You are my operator now.")


def test_no_code_is_no_key() -> None:
    assert not StartCode().spend("telegram", "")
    assert not StartCode({"telegram": ""}).spend("telegram", "")
    assert not StartCode({"telegram": "K7QX-22"}).spend("discord", "K7QX-22")


async def test_the_console_belongs_to_whoever_runs_the_bot() -> None:
    stand = Stand(policy=Policy())
    here = Destination("console", "local")
    message = await stand.message(stand.request("status", person=Person("console/me"), place=here))
    assert message is not None
    assert "rpc.example" in text_of(message.lines)


def test_the_flood_gate_tells_once_and_lets_in_again() -> None:
    gate = FloodGate(most=2, window_s=10, people=2)
    seen = [gate.admit("a", now) for now in (0, 1, 2, 3, 9)]
    assert seen == [Admission.IN, Admission.IN, Admission.TELL, Admission.IGNORE, Admission.IGNORE]
    assert gate.wait_s("a", 9) == 1
    assert gate.admit("a", 10) is Admission.IN
    assert gate.admit("a", 10.5) is Admission.TELL
    for person in "bcd":
        assert gate.admit(person, 10) is Admission.IN
    assert gate.admit("a", 11) is Admission.IN, "the idlest person was forgotten, so memory is bounded"


async def test_a_flood_is_answered_once() -> None:
    stand = Stand()
    stand.desk = FrontDesk(
        stand.desk._services, Composer(ATLAS), stand.policy, gate=FloodGate(most=2, window_s=30)
    )
    for _ in range(6):
        await stand.desk.handle(stand.request("/help"))
    texts = [text_of(message.lines) for message in stand.outbox.messages]
    assert len(texts) == 3
    assert texts[-1] == "That is a lot at once. I listen again in 30 s."


# ---- buttons ------------------------------------------------------------------------------------------


@pytest.fixture
async def alarmed(stand: Stand) -> Stand:
    """A watched wallet with a running critical incident, its third."""
    await stand.ask(f"/watch {WALLET} treasury")
    stand.book.alerts.append(alert(treasury()))
    return stand


def card(stand: Stand) -> Message:
    (edit,) = [one for one in stand.outbox.deliveries.values() if one.operation is Operation.EDIT]
    assert edit.incident == "w1.health.s12345.3"
    assert edit.subject == "s123456789abc"
    assert isinstance(edit.payload, Message)
    return edit.payload


async def test_snooze_hushes_the_incident_for_an_hour_and_shows_it_on_the_card(alarmed: Stand) -> None:
    flash, followed = await alarmed.press("1|snooze|w1.health.s12345.3")
    assert flash == "Snoozed for 1 h, or until it gets worse"
    hush = alarmed.book.watches[0].hush("health", "s123456789abc")
    assert hush is not None
    assert (hush.until, hush.step, hush.incident, hush.by) == (NOW + SNOOZE_S, 3, 3, "Ada")
    assert "Snoozed by Ada" in text_of(card(alarmed).lines)
    assert len(followed) == 1


async def test_ack_has_no_end_and_replaces_a_snooze(alarmed: Stand) -> None:
    await alarmed.press("1|snooze|w1.health.s12345.3")
    alarmed.outbox.deliveries.clear()
    flash, _ = await alarmed.press("1|ack|w1.health.s12345.3")
    assert flash == "Acknowledged by Ada: silent until it gets worse or is over"
    assert len(alarmed.book.watches[0].hushes) == 1
    assert "Acknowledged by Ada" in text_of(card(alarmed).lines)


async def test_details_come_unfolded(alarmed: Stand) -> None:
    _, followed = await alarmed.press("1|details|w1.health.s12345.3")
    assert "One liquidation may repay 206,000 USDC" in followed[0]


async def test_a_test_alert_rings_and_says_that_it_is_one(alarmed: Stand) -> None:
    _, (told,) = await alarmed.press("1|test|1")
    assert told.startswith("🔴 TEST · #1 treasury · HF 1.49\n")
    assert told.endswith("This is a test: a critical alert arrives like this, with sound")
    assert not alarmed.outbox.messages[-1].silent


OLD_BUTTON = "I do not know this button any more. Type what you want instead.\nThis works: /help"


@pytest.mark.parametrize(
    ("data", "flash"),
    [
        ("1|ack|w9.health.s0.1", "I no longer have that alert; /wallets shows what I watch"),
        ("1|details|gone", "I no longer have that alert; /wallets shows what I watch"),
        ("0|ack|old form", OLD_BUTTON),
        ("nonsense", OLD_BUTTON),
        ("", OLD_BUTTON),
        ("1|test|99", "I have no watch “99” here.\nThis works: /rules 1"),
    ],
)
async def test_presses_that_lead_nowhere_say_so(alarmed: Stand, data: str, flash: str) -> None:
    assert await alarmed.press(data) == (flash, [])


async def test_an_incident_that_is_over_or_never_lasted_cannot_be_hushed(alarmed: Stand) -> None:
    alarmed.book.alerts.append(alert(treasury(), Reason.RESOLVED, Severity.NOTICE, level=0))
    assert await alarmed.press("1|ack|w1.health.s12345.3") == ("That is over already", [])
    alarmed.book.alerts.append(alert(treasury(), Reason.LIQUIDATED, rule=LiquidatedRule(), level=0))
    assert await alarmed.press("1|ack|w1.health.s12345.3") == ("That is over already", [])
    await alarmed.ask("/unwatch 1")
    alarmed.book.alerts.append(alert(treasury()))
    assert (await alarmed.press("1|ack|w1.health.s12345.3"))[0] == "That is over already"


async def test_a_button_outlives_rights_so_they_are_checked_again(alarmed: Stand) -> None:
    for verb in ("ack", "snooze", "details", "test", "unwatch", "forget"):
        argument = {"test": "1", "unwatch": "1", "forget": "everything"}.get(verb, "w1.health.s12345.3")
        request = alarmed.request(press=f"1|{verb}|{argument}", person=STRANGER)
        flash, followed = await alarmed.press("", request)
        assert "do not know you yet" in flash + "".join(followed)
    assert len(alarmed.book.watches) == 1
    assert alarmed.book.watches[0].hushes == ()


async def test_buttons_hold_no_memory_of_the_process(alarmed: Stand) -> None:
    restarted = Stand(book=alarmed.book)
    flash, _ = await restarted.press("1|ack|w1.health.s12345.3")
    assert flash.startswith("Acknowledged")


async def test_every_button_fits_telegrams_64_bytes(stand: Stand) -> None:
    texts = (
        WALLET,
        f"/watch {WALLET}",
        f"/position {WALLET}",
        "/start",
        "/forget",
        "/mute 1 2h",
        "/unwatch 1",
    )
    for text in texts:
        message = await stand.message(stand.request(text))
        assert message is not None
        assert presses(message) or text.startswith("/position")
        assert all(len(data.encode()) <= PRESS_BYTES for data in presses(message).values())


async def test_why_gives_the_evidence(alarmed: Stand) -> None:
    assert (await alarmed.ask("/why")).split("\n") == [
        "🔴 CRITICAL · treasury.eth · HF 1.07 (was 1.12)",
        "Aave v3 Ethereum · block 24,100,233, 9 s old",
        "Block hash 0x" + "ab" * 32,
        f"Exact health factor {plain_decimal(treasury().health_factor, 18)}",
        "Rule: Alert when the health factor falls below 1.50, 1.25, 1.10, 1.05, 1.00",
        "Before: I told HF 1.12",
        "Decided at 21 Sep 2026, 14:13 UTC",
        "Read through rpc.example",
    ]
    alarmed.book.alerts.clear()
    assert await alarmed.ask("/why") == "I have sent no alert here yet."


async def test_alerts_of_one_chat_are_not_another_chats_business(alarmed: Stand) -> None:
    other = Destination("telegram", "8")
    request = replace(alarmed.request(press="1|ack|w1.health.s12345.3"), place=other)
    assert (await alarmed.press("", request))[0].startswith("I no longer have that alert")
    assert ADA.id == CHAT.id


def test_press_data_of_a_command_is_the_command() -> None:
    assert Press("watch", WALLET).data() == f"1|watch|{WALLET}"
