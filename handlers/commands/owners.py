"""Who owns which watches: by the name that people gave. Shared by /owner and /whatif."""

from collections.abc import Sequence

from bot.subscriptions import Watch


def owners_of(watches: Sequence[Watch]) -> dict[str, int]:
    """Names, and how many watches are under each; in the order of the first."""
    found: dict[str, tuple[str, int]] = {}
    for watch in watches:
        if watch.owner:
            name, count = found.get(watch.owner.casefold(), (watch.owner, 0))
            found[watch.owner.casefold()] = (name, count + 1)
    return dict(found.values())


def of_owner(watches: Sequence[Watch], name: str) -> tuple[Watch, ...]:
    wanted = name.strip('"“”').casefold()
    return tuple(watch for watch in watches if watch.owner and watch.owner.casefold() == wanted)
