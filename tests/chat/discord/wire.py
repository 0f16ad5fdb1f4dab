"""Discord's JSON objects, whole: users, members, servers, channels and messages as the API sends them.

Called by the gateway (READY, GUILD_CREATE), by interactions and by the routes. Ids are strings there.
"""

from __future__ import annotations

from tests.chat.discord.rights import Right
from tests.chat.discord.world import APP_ID, BOT_ID, THREADS, Channel, Guild, Json, Kind, Role, User, World

JOINED = "2024-01-01T00:00:00.000000+00:00"


def user(one: User) -> Json:
    return {
        "id": str(one.id),
        "username": one.name.lower().replace(" ", "_"),
        "global_name": None if one.is_bot else one.name,
        "discriminator": "0000" if one.is_bot else "0",
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "collectibles": None,
        "primary_guild": None,
        "clan": None,
        "public_flags": 0,
        "flags": 0,
    } | ({"bot": True} if one.is_bot else {})


def me(world: World) -> Json:
    return user(world.users[BOT_ID]) | {
        "mfa_enabled": True,
        "verified": True,
        "email": None,
        "locale": "en-US",
    }


def application(world: World) -> Json:
    owner = User(1, "Operator")
    return {
        "id": str(APP_ID),
        "name": "Peer's bot",
        "icon": None,
        "description": "",
        "type": None,
        "summary": "",
        "bot": user(world.users[BOT_ID]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "hook": True,
        "is_monetized": False,
        "is_verified": False,
        "owner": user(owner),
        "team": None,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "integration_types_config": {"0": {}, "1": {}},
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": sum(one.installed for one in world.users.values()),
    }


def member(world: World, guild: Guild, user_id: int, *, rights: Right | None = None) -> Json:
    """`rights`: the member's permissions in one channel, as interactions carry them."""
    told: Json = {
        "user": user(world.users[user_id]),
        "roles": [str(role) for role in sorted(guild.members[user_id])],
        "nick": None,
        "avatar": None,
        "banner": None,
        "collectibles": None,
        "joined_at": JOINED,
        "premium_since": None,
        "communication_disabled_until": None,
        "unusual_dm_activity_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return told if rights is None else told | {"permissions": str(int(rights))}


def role(one: Role, guild: Guild) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(int(one.rights)),
        "mentionable": one.mentionable,
        "position": 0 if one.id == guild.id else 1,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "description": None,
        "hoist": False,
        "managed": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def _overwrites(one: Channel, world: World) -> list[Json]:
    return [
        {
            "id": str(target),
            "type": 1 if target in world.users else 0,
            "allow": str(int(allow)),
            "deny": str(int(deny)),
        }
        for target, (allow, deny) in one.overwrites.items()
    ]


def channel(one: Channel, world: World) -> Json:
    last = str(max(one.messages)) if one.messages else None
    told: Json = {"id": str(one.id), "type": int(one.kind), "last_message_id": last, "flags": 0}
    if one.kind is Kind.DM:
        assert one.user is not None
        return told | {"recipients": [user(world.users[one.user])]}
    told |= {"guild_id": str(one.guild), "name": one.name, "rate_limit_per_user": 0}
    if one.kind in THREADS:
        return told | _thread(one)
    told |= {
        "parent_id": None,
        "position": 0,
        "nsfw": False,
        "topic": None,
        "permission_overwrites": _overwrites(one, world),
        "last_pin_timestamp": None,
    }
    if one.kind is Kind.FORUM:
        told |= {
            "available_tags": [],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
            "template": "",
        }
    return told


def _thread(one: Channel) -> Json:
    return {
        "parent_id": str(one.parent),
        "owner_id": str(BOT_ID),
        "message_count": len(one.messages),
        "member_count": 1,
        "total_message_sent": len(one.messages),
        "thread_metadata": {
            "archived": one.archived,
            "archive_timestamp": JOINED,
            "auto_archive_duration": 4320,
            "locked": one.locked,
            "create_timestamp": JOINED,
        },
    }


def partial_guild(guild: Guild) -> Json:
    return {"id": str(guild.id), "locale": guild.locale, "features": []}


def guild(one: Guild, world: World) -> Json:
    """The guild object of REST: without what only GUILD_CREATE tells."""
    nothing = dict.fromkeys(
        (
            *("icon", "icon_hash", "splash", "discovery_splash", "banner", "description", "vanity_url_code"),
            *("afk_channel_id", "system_channel_id", "rules_channel_id", "public_updates_channel_id"),
            *("safety_alerts_channel_id", "widget_channel_id", "application_id", "incidents_data"),
            *("inventory_settings", "hub_type", "latest_onboarding_question_id", "max_presences"),
        )
    )
    return nothing | {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner),
        "region": "deprecated",
        "roles": [role(each, one) for each in one.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
        "preferred_locale": one.locale,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw": False,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "system_channel_flags": 0,
        "afk_timeout": 300,
        "widget_enabled": False,
        "max_members": 500_000,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
    }


def guild_create(one: Guild, world: World) -> Json:
    """Without the privileged member intent only the bot itself is among the members."""
    return guild(one, world) | {
        "joined_at": JOINED,
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(world, one, BOT_ID)],
        "channels": [channel(each, world) for each in world.channels_of(one.id, threads=False)],
        "threads": [channel(each, world) for each in world.channels_of(one.id, threads=True)],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "embedded_activities": [],
        "application_command_counts": {},
    }
