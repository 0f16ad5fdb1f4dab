"""Members of a chat as the API tells of them, and what a status with its rights lets the bot do there.

Kept by world's chats; asked by telegram before anything is written.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

PERMISSIONS = (
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
    *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
    *("can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info"),
    *("can_invite_users", "can_pin_messages", "can_manage_topics"),
)
"""https://core.telegram.org/bots/api#chatpermissions: what ordinary or restricted members may be allowed."""

_ANYWHERE = (
    *("can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members"),
    *("can_promote_members", "can_change_info", "can_invite_users", "can_post_stories"),
    *("can_edit_stories", "can_delete_stories", "can_send_welcome_messages"),
)
_BY_KIND = {
    "channel": ("can_post_messages", "can_edit_messages", "can_manage_direct_messages"),
    "supergroup": ("can_pin_messages", "can_manage_topics", "can_manage_tags"),
    "group": ("can_pin_messages",),
}


def brief_user(user: Json) -> Json:
    return {
        name: user[name]
        for name in ("id", "is_bot", "first_name", "username", "language_code")
        if name in user
    }


def member_object(user: Json, status: str, kind: str, rights: Json) -> Json:
    """A ChatMember object: what such a status brings in a chat of this kind, changed by `rights`."""
    return {"user": brief_user(user), "status": status} | _rights(status, kind, rights)


def _rights(status: str, kind: str, changed: Json) -> Json:
    if status == "creator":
        return {"is_anonymous": False} | changed
    if status == "kicked":
        return {"until_date": 0}
    if status == "administrator":
        all_of_them = dict.fromkeys((*_ANYWHERE, *_BY_KIND.get(kind, ())), True)
        return {"can_be_edited": False, "is_anonymous": False} | all_of_them | changed
    if status == "restricted":
        return {"is_member": True, "until_date": 0} | dict.fromkeys(PERMISSIONS, False) | changed
    return {}


def refuses(member: Json, kind: str, permissions: Json, right: str, what: str) -> str:
    """Telegram's sentence when this member may not send `what`; empty when it may."""
    if kind == "private":
        return ""
    if kind == "channel":
        may_post = member["status"] == "creator" or member.get("can_post_messages", False)
        return "" if may_post else "need administrator rights in the channel chat"
    if member["status"] in ("creator", "administrator"):
        return ""
    allowed = permissions.get(right, False) and member.get(right, True)
    return "" if allowed else f"not enough rights to send {what} to the chat"
