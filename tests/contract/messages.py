"""Hypothesis strategies for messages of any size and malice: all that a composer could hand to a renderer."""

from hypothesis import strategies as st

from bot.messages.model import Ask, Button, Copy, File, Message, Open, Press, Span, Style

_WICKED = st.sampled_from(
    [
        "🔴 CRITICAL",
        "👩‍👩‍👧‍👦",
        "e\u0301\u0301",
        "👍🏽",
        "🇪🇺",
        "𝕬𝖆𝖛𝖊",
        "\u202egnp.exe",
        "\x1b[31m\x1b]0;x\x07",
        "<b>*_`[x](y)",
        "\ud83d",
        "\u2800",
        "\u200b",
        "a\nb\r\tc\0d",
        "@everyone https://evil.example t.me/x",
        " ",
        "",
    ]
)
_ANY = st.text(st.characters(), max_size=40)  # lone surrogates too
_LONG = st.builds(lambda piece, times: piece * times, st.one_of(_ANY, _WICKED), st.integers(1, 200))
texts = st.one_of(_ANY, _WICKED, _LONG, st.just("0x" + "a1" * 20))
urls = st.sampled_from(
    [
        "",
        "",
        "https://app.aave.com/?a=1&b=2",
        "https://[::1]/",
        "https://localhost/",
        "http://a.example/",
        "javascript:alert(1)",
        "https://a.example/\x1b]",
        "https://a.example/ x",
        "https://" + "a" * 3000 + ".example/",
        "tg://user?id=1",
    ]
)
times = st.one_of(st.just(0), st.integers(-5, 2**40), st.just(1_790_000_000))
spans = st.builds(Span, texts, st.sampled_from(Style), urls, times)
lines = st.lists(spans, max_size=6).map(tuple)
blocks = st.lists(lines, max_size=12).map(tuple)
actions = st.one_of(
    st.builds(Press, st.sampled_from(["snooze", "ack", "a" * 61]), texts),
    st.builds(Open, urls),
    st.builds(Copy, texts),
    st.builds(Ask, texts),
)
buttons = st.builds(Button, texts, actions)
keyboards = st.lists(st.lists(buttons, max_size=12).map(tuple), max_size=12).map(tuple)
files = st.none() | st.builds(File, texts, st.lists(texts, max_size=4).map("\n".join))
messages = st.builds(Message, blocks, blocks, keyboards, st.booleans(), files, texts, texts)
