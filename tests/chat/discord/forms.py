"""Buttons, selects and forms as a person's client has them: what may be pressed, chosen and filled in.

Called by people; each function returns the `data` of the interaction or raises LookupError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.chat.discord.view import BUTTON, LINK, SELECTS, label, rows, walk
from tests.chat.discord.world import Json, Message

TEXT_INPUT, LABEL = 4, 18


def pressed(message: Message, wanted: str, values: Sequence[str] = ()) -> Json:
    """The `data` for a button (or, with values, a select) that stands on the message now."""
    there = [one for row in rows(message.body) for one in row]
    hits = [one for one in there if wanted in (label(one), one.get("custom_id"))]
    if len(hits) != 1:
        raise LookupError(f"{len(hits)} are called {wanted!r}; there are {[label(one) for one in there]}")
    [one] = hits
    if one["type"] == BUTTON and one["style"] == LINK:
        raise LookupError(f"{wanted!r} opens {one['url']} and sends nothing to the bot")
    if one.get("disabled"):
        raise LookupError(f"{wanted!r} is disabled")
    data: Json = {"custom_id": one["custom_id"], "component_type": one["type"], "id": one.get("id", 1)}
    if one["type"] in SELECTS:
        offered = {each["value"] for each in one.get("options") or []}
        least, most = one.get("min_values", 1), one.get("max_values", 1)
        if (offered and not offered.issuperset(values)) or not least <= len(values) <= most:
            raise LookupError(f"{wanted!r} takes {least} to {most} of {sorted(offered)}")
        data["values"] = list(values)
    return data


def submitted(modal: Json, answers: Mapping[str, str]) -> Json:
    """The `data` of a form sent off: each input with its answer, in the form's own structure."""
    left = dict(answers)
    components = [_filled(one, left) for one in modal["components"] if one["type"] in (1, LABEL)]
    if left:
        names = [one.get("label") for one in walk(modal["components"]) if one.get("label")]
        raise LookupError(f"the form has no {sorted(left)}; it has {names}")
    return {"custom_id": modal["custom_id"], "components": components}


def _filled(holder: Json, left: dict[str, str]) -> Json:
    if holder["type"] == LABEL:
        inner = _answered(holder["component"], holder["label"], left)
        return {"type": LABEL, "id": holder.get("id", 1), "component": inner}
    inside = [_answered(one, one.get("label") or "", left) for one in holder["components"]]
    return {"type": holder["type"], "id": holder.get("id", 1), "components": inside}


def _answered(field: Json, name: str, left: dict[str, str]) -> Json:
    custom_id = field["custom_id"]
    said = left.pop(custom_id, None)
    if said is None:
        said = left.pop(name, None)
    told: Json = {"type": field["type"], "id": field.get("id", 2), "custom_id": custom_id}
    if field["type"] in SELECTS:
        return told | {"values": [said] if said else []}
    if field["type"] != TEXT_INPUT:
        raise LookupError(f"{name!r} is no text input")
    value = said if said is not None else field.get("value") or ""
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if not value and field.get("required", True) is not False:
        raise LookupError(f"{name!r} must be filled in")
    if value and not least <= len(value) <= most:
        raise LookupError(f"{name!r} takes {least} to {most} characters")
    return told | {"value": value}
