"""What each refusal means, and that no token is in what is told of it."""

import pytest

from bot.errors import RateLimited, Rejected, SettingsError, Transient
from handlers.discord.errors import Refused, Reply, closed_for_good, redact, translate

BOT_TOKEN = "ODAwMDAwMDAwMDAwMDAwMDAx.Gtests.wnTokenThatOpensNothingAtAll-0000000"


def refusal(status: int, code: int) -> Reply:
    return Reply(status, {}, {"message": "No", "code": code})


@pytest.mark.parametrize(
    ("reply", "as_bot", "kind"),
    [
        (refusal(401, 0), True, SettingsError),
        (Reply(401), True, SettingsError),
        (refusal(401, 50027), True, Refused),
        (refusal(401, 50027), False, Refused),
        (refusal(404, 10015), False, Refused),
        (refusal(400, 50035), True, Refused),
        (Reply(404), True, Transient),
        (Reply(403, {}, "blocked"), True, Transient),
        (Reply(500), True, Transient),
        (refusal(503, 0), True, Transient),
        (Reply(429), True, RateLimited),
    ],
)
def test_a_refusal_is_grouped_by_what_we_do_about_it(reply: Reply, *, as_bot: bool, kind: type) -> None:
    assert type(translate(reply, as_bot=as_bot)) is kind


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        *(
            (code, True)
            for code in (10003, 10004, 10013, 50001, 50007, 50009, 50013, 50033, 50083, 50278, 160005)
        ),
        *((code, False) for code in (0, 10008, 50035, 50006, 40060, 200000)),
    ],
)
def test_only_where_nobody_can_be_reached_the_place_is_gone(code: int, *, gone: bool) -> None:
    error = translate(refusal(403, code))
    assert isinstance(error, Refused)
    assert isinstance(error, Rejected)
    assert (error.is_gone, error.code) == (gone, code)


@pytest.mark.parametrize(
    ("headers", "body", "wait", "everything"),
    [
        ({}, {"retry_after": 0.65, "global": False}, 0.65, False),
        ({"retry-after": "9"}, {"retry_after": 7, "global": False}, 7, False),
        ({}, {"retry_after": 7, "global": True}, 7, True),
        ({"x-ratelimit-scope": "global"}, {"retry_after": 7}, 7, True),
        ({"x-ratelimit-scope": "shared"}, {"retry_after": 7}, 7, False),
        ({}, {"retry_after": "soon"}, 5, False),
        ({}, {"retry_after": float("nan")}, 5, False),
        ({"retry-after": "3600"}, None, 3600, True),
        ({}, None, 60, True),
        ({"retry-after": "0"}, None, 5, True),
    ],
)
def test_a_429_says_how_long_and_for_whom(headers, body, wait: float, *, everything: bool) -> None:
    error = translate(Reply(429, headers, body))
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.everything) == (wait, everything)


def test_a_500_may_have_sent_it_and_a_foreign_404_has_not() -> None:
    errors = translate(Reply(500)), translate(Reply(404))
    assert [one.maybe_sent for one in errors if isinstance(one, Transient)] == [True, False]


def test_what_is_wrong_with_a_form_is_told_by_field() -> None:
    fault = {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer"}]}
    body = {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {"embeds": {"0": {"description": fault}}},
    }
    error = translate(Reply(400, {}, body))
    assert str(error) == "Invalid Form Body (50035: embeds.0.description BASE_TYPE_MAX_LENGTH)"


@pytest.mark.parametrize(
    "body", [{"errors": [1]}, {"errors": {"_errors": 1}}, {"code": "x"}, {"message": None}]
)
def test_refusals_of_any_shape_are_read(body: object) -> None:
    assert isinstance(translate(Reply(400, {}, body)), Refused)


@pytest.mark.parametrize("secret", [BOT_TOKEN, "aW50ZXJhY3Rpb246" * 10, "x" * 50])
def test_tokens_are_cut_out_of_what_is_said(secret: str) -> None:
    said = redact(f"no\nuse for /webhooks/1/{secret}/messages " + "long " * 100)
    assert secret not in said
    assert secret[:20] not in said
    assert "\n" not in said
    assert len(said) <= 201


@pytest.mark.parametrize(
    ("code", "final"), [(4004, True), (4014, True), (4009, False), (1000, False), (None, False)]
)
def test_close_codes_that_only_the_owner_cures(code: int | None, *, final: bool) -> None:
    assert (closed_for_good(code) is not None) is final
