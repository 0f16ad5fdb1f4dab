"""Discord's permission bits, and what roles and channel overwrites make of them.

Asked by the world for every member; the order is the published one: an overwrite can take what a role gave.
Source: https://discord.com/developers/docs/topics/permissions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntFlag


class Right(IntFlag):
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


EVERYTHING = Right((1 << 53) - 1)
ORDINARY = (
    Right.VIEW_CHANNEL
    | Right.SEND_MESSAGES
    | Right.EMBED_LINKS
    | Right.ATTACH_FILES
    | Right.READ_MESSAGE_HISTORY
    | Right.USE_APPLICATION_COMMANDS
    | Right.CREATE_PUBLIC_THREADS
    | Right.SEND_MESSAGES_IN_THREADS
    | Right.USE_EXTERNAL_APPS
)
"""What @everyone of a new server may do, and the bot as installed by its invitation."""
IN_PRIVATE = ORDINARY | Right.MENTION_EVERYONE

Overwrites = Mapping[int, tuple[Right, Right]]
"""Role or user id -> (allowed, denied) in one channel."""


def in_server(everyone: Right, roles: Iterable[Right], *, is_owner: bool) -> Right:
    if is_owner:
        return EVERYTHING
    base = everyone
    for one in roles:
        base |= one
    return EVERYTHING if Right.ADMINISTRATOR in base else base


def in_channel(base: Right, overwrites: Overwrites, *, server: int, roles: Iterable[int], user: int) -> Right:
    """@everyone's overwrite first, then those of the roles together, then the user's own."""
    if Right.ADMINISTRATOR in base:
        return EVERYTHING
    nothing = (Right(0), Right(0))
    allow, deny = overwrites.get(server, nothing)
    base = (base & ~deny) | allow
    allowed, denied = Right(0), Right(0)
    for role in roles:
        allow, deny = overwrites.get(role, nothing)
        allowed, denied = allowed | allow, denied | deny
    base = (base & ~denied) | allowed
    allow, deny = overwrites.get(user, nothing)
    base = (base & ~deny) | allow
    return base if Right.VIEW_CHANNEL in base else Right(0)
