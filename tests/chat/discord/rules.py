"""What Discord's published description does not say: which parts of a message, answer or form go together.

Called by the judge once an object's fields are right; alone where the description is not at hand.
Sources: docs/resources/message, docs/components/reference, docs/interactions/receiving-and-responding
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import Enum
from urllib.parse import urlsplit

from tests.chat.discord.view import BUTTON, LINK, ROW, SELECTS, TEXT_DISPLAY, walk
from tests.chat.discord.world import Flag, Json
from tests.chat.telegram.faults import Fault, Faults

CONTENT = 2000
EMBEDS = 10
EMBEDS_TOGETHER = 6000
EMBED_TEXTS = {"title": 256, "description": 4096}
FIELDS = 25
ROWS = 5
BUTTONS_PER_ROW = 5
CUSTOM_ID = 100
LABEL = 80
V2_COMPONENTS = 40
V2_TEXT = 4000
NONCE = 25
CHOICES = 25
CHOICE = 100
INPUTS = 5
PREMIUM = 6
_TEXT_INPUT = 4
_LABEL = 18


class Use(Enum):
    """What a message body is for, with the flags it may carry."""

    CREATE = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2
    ANSWER = Flag.SUPPRESS_EMBEDS | Flag.SUPPRESS_NOTIFICATIONS | Flag.COMPONENTS_V2 | Flag.EPHEMERAL
    EDIT = Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2


Parts = Mapping[str, str]
"""Uploaded parts: their name in the form -> the file's name."""


def too_long(value: object, most: int, where: str) -> Faults:
    if isinstance(value, (str, list)) and len(value) > most:
        yield Fault("too long", where, f"{len(value)}, at most {most}")


def message_faults(body: Json, where: str, use: Use, parts: Parts, *, standing: int = 0) -> Faults:
    """`standing`: the flags that the message to be edited has; Components V2 is never taken back."""
    flags = int(body.get("flags") or 0)
    if wrong := flags & ~use.value:
        yield Fault("bad flags", f"{where}.flags", f"{wrong} may not be set here")
    is_v2 = bool((flags | (standing if use is Use.EDIT else 0)) & Flag.COMPONENTS_V2)
    yield from too_long(body.get("content"), CONTENT, f"{where}.content")
    yield from too_long(str(body.get("nonce") or ""), NONCE, f"{where}.nonce")
    if use is not Use.EDIT:
        yield from _emptiness(body, where, parts)
    yield from _mention_faults(body.get("allowed_mentions") or {}, f"{where}.allowed_mentions")
    yield from _embeds_faults(body.get("embeds") or [], f"{where}.embeds")
    yield from _file_faults(body, where, parts, use)
    components: list[Json] = body.get("components") or []
    yield from (_v2_faults(body, where) if is_v2 else _rows_faults(components, f"{where}.components"))
    yield from _component_faults(components, f"{where}.components")


def _emptiness(body: Json, where: str, parts: Parts) -> Faults:
    said = (body.get("content") or "").strip()
    rest = ("embeds", "components", "sticker_ids", "poll")
    if not said and not parts and not any(body.get(name) for name in rest):
        yield Fault("empty message", where, "nothing to send")


def _mention_faults(allowed: Json, where: str) -> Faults:
    for kind in ("users", "roles"):
        if allowed.get(kind) and kind in (allowed.get("parse") or ()):
            yield Fault("contradiction", f"{where}.{kind}", f"{kind} are both listed and parsed")


# Embeds


def _embeds_faults(embeds: list[Json], where: str) -> Faults:
    yield from too_long(embeds, EMBEDS, where)
    for at, embed in enumerate(embeds):
        here = f"{where}[{at}]"
        if not embed.keys() - {"type", "color", "timestamp", "url", "provider"}:
            yield Fault("empty embed", here, "an embed needs something to show")
        for name, most in EMBED_TEXTS.items():
            yield from too_long(embed.get(name), most, f"{here}.{name}")
        fields = embed.get("fields") or []
        yield from too_long(fields, FIELDS, f"{here}.fields")
        for number, one in enumerate(fields):
            for name, most in (("name", 256), ("value", 1024)):
                if not one[name].strip():
                    yield Fault("too short", f"{here}.fields[{number}].{name}", "may not be empty")
                yield from too_long(one[name], most, f"{here}.fields[{number}].{name}")
    together = sum(map(_embed_size, embeds))
    if together > EMBEDS_TOGETHER:
        yield Fault("too long", where, f"{together} characters together, at most {EMBEDS_TOGETHER}")


def _embed_size(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for one in embed.get("fields") or []:
        texts += [one["name"], one["value"]]
    return sum(len(text) for text in texts if text)


# Files


def _file_faults(body: Json, where: str, parts: Parts, use: Use) -> Faults:
    listed = body.get("attachments")
    numbers = {name.removeprefix("files[").removesuffix("]") for name in parts}
    names = set(parts.values())
    for at, one in enumerate(listed or []):
        wanted = str(one["id"])
        names.add(one.get("filename") or "")
        if wanted not in numbers and (use is not Use.EDIT or len(wanted) < 6):
            yield Fault("file not uploaded", f"{where}.attachments[{at}]", f"there is no files[{wanted}]")
    if listed is not None:
        for unlisted in sorted(numbers - {str(one["id"]) for one in listed}):
            yield Fault("file not used", f"{where}.attachments", f"files[{unlisted}] is not listed")
    for there, link in _links(body, where):
        if link.startswith("attachment://") and use is not Use.EDIT and link[13:] not in names:
            yield Fault("file not uploaded", there, f"{link} names no file of this message")


def _links(body: Json, where: str) -> Iterator[tuple[str, str]]:
    for at, embed in enumerate(body.get("embeds") or []):
        for name in ("image", "thumbnail"):
            if (embed.get(name) or {}).get("url"):
                yield f"{where}.embeds[{at}].{name}.url", embed[name]["url"]
    for one in walk(body.get("components") or []):
        for name in ("file", "media"):
            if (one.get(name) or {}).get("url"):
                yield f"{where}.components", one[name]["url"]
        for item in one.get("items") or []:
            yield f"{where}.components", item["media"]["url"]


# Components


def _v2_faults(body: Json, where: str) -> Faults:
    for name in ("content", "embeds", "sticker_ids", "poll"):
        if body.get(name):
            yield Fault("contradiction", f"{where}.{name}", "has no place in a Components V2 message")
    everything = list(walk(body.get("components") or []))
    if "components" in body and not everything:
        yield Fault("empty message", f"{where}.components", "Components V2 needs components")
    if len(everything) > V2_COMPONENTS:
        yield Fault("too long", f"{where}.components", f"{len(everything)} in all, at most {V2_COMPONENTS}")
    text = sum(len(one["content"]) for one in everything if one["type"] == TEXT_DISPLAY)
    if text > V2_TEXT:
        yield Fault("too long", f"{where}.components", f"{text} characters in all, at most {V2_TEXT}")


def _rows_faults(components: list[Json], where: str) -> Faults:
    yield from too_long(components, ROWS, where)
    for at, one in enumerate(components):
        if one["type"] != ROW:
            yield Fault("bad component", f"{where}[{at}]", f"type {one['type']} needs the Components V2 flag")


def _component_faults(components: list[Json], where: str) -> Faults:
    everything = list(walk(components))
    for kind, name in (("custom_id", "custom id"), ("id", "component id")):
        given = Counter(one[kind] for one in everything if one.get(kind))
        for value, times in given.items():
            if times > 1:
                yield Fault("twice the same", where, f"{times} times the {name} {value!r}")
    for one in everything:
        if one["type"] == ROW:
            yield from _row_faults(one["components"], where)
        elif one["type"] == BUTTON:
            yield from _button_faults(one, where)
        elif one["type"] in SELECTS:
            yield from _select_faults(one, where)


def _row_faults(inside: list[Json], where: str) -> Faults:
    kinds = {one["type"] for one in inside}
    if not inside:
        yield Fault("too short", where, "an empty row")
    elif kinds == {BUTTON}:
        yield from too_long(inside, BUTTONS_PER_ROW, where)
    elif len(inside) > 1:
        yield Fault("bad component", where, "a row holds buttons, or one select")


def _button_faults(one: Json, where: str) -> Faults:
    yield from too_long(one.get("label"), LABEL, f"{where}.label")
    yield from too_long(one.get("custom_id"), CUSTOM_ID, f"{where}.custom_id")
    if not (one.get("label") or "").strip() and not one.get("emoji") and one["style"] != PREMIUM:
        yield Fault("bad button", where, "needs a label or an emoji")
    needed = {LINK: "url", PREMIUM: "sku_id"}.get(one["style"], "custom_id")
    given = [name for name in ("custom_id", "url", "sku_id") if one.get(name)]
    if given != [needed]:
        yield Fault("bad button", where, f"style {one['style']} needs {needed} alone, not {given}")
    if one.get("url") and urlsplit(one["url"]).scheme not in ("http", "https", "discord"):
        yield Fault("bad format", f"{where}.url", f"{one['url']!r} opens nothing")


def _select_faults(one: Json, where: str) -> Faults:
    values = [each["value"] for each in one.get("options") or []]
    if len(set(values)) < len(values):
        yield Fault("twice the same", f"{where}.options", "values must differ")
    most = int(one.get("max_values") or 1)
    if (one.get("min_values") or 0) > most or (values and most > len(values)):
        yield Fault("out of range", where, f"cannot choose up to {most} of {len(values)}")


# Answers that are no messages


def choices_faults(data: Json, where: str) -> Faults:
    choices = data.get("choices") or []
    yield from too_long(choices, CHOICES, f"{where}.choices")
    for at, one in enumerate(choices):
        for name in ("name", "value"):
            if isinstance(one[name], str):
                if not one[name]:
                    yield Fault("too short", f"{where}.choices[{at}].{name}", "may not be empty")
                yield from too_long(one[name], CHOICE, f"{where}.choices[{at}].{name}")


def modal_faults(modal: Json, where: str) -> Faults:
    yield from too_long(modal["components"], INPUTS, f"{where}.components")
    yield from too_long(modal["title"], 45, f"{where}.title")
    yield from too_long(modal["custom_id"], CUSTOM_ID, f"{where}.custom_id")
    if not any(one["type"] in (ROW, _LABEL) for one in modal["components"]):
        yield Fault("too short", f"{where}.components", "a form asks for something")
    ids = Counter(one["custom_id"] for one in walk(modal["components"]) if one.get("custom_id"))
    if any(times > 1 for times in ids.values()):
        yield Fault("twice the same", f"{where}.components", "custom ids must differ")
    for holder in modal["components"]:
        inside = [holder["component"]] if "component" in holder else holder.get("components", [])
        for one in inside:
            if one["type"] == _TEXT_INPUT:
                yield from _input_faults(one, f"{where}.components", in_row=holder["type"] == ROW)


def _input_faults(one: Json, where: str, *, in_row: bool) -> Faults:
    if in_row != bool(one.get("label")):
        yield Fault("bad component", where, "the label stands on the input in a row, else on its Label")
    least, most = one.get("min_length") or 0, one.get("max_length") or 4000
    if least > most:
        yield Fault("out of range", where, f"between {least} and {most} characters")
    if one.get("value") and not least <= len(one["value"]) <= most:
        yield Fault("out of range", f"{where}.value", "the text set beforehand does not fit")
