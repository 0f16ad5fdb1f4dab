"""Everybody who may speak in a group or server, and the two of them: for the tests of rights."""

from dataclasses import dataclass, field, replace

from bot.domain.alerts import AlertGroup
from bot.ports import AskStanding, Person, Request, no_standing
from bot.subscriptions import ChatSettings, Destination, Editors
from handlers.commands.access import Policy
from tests.handlers.commands.stand import Stand, as_standing
from tests.messages.samples import WALLET, alert, treasury

RANK = {"anyone": 0, "viewer": 1, "editor": 2, "admin": 3, "operator": 4}


@dataclass(frozen=True)
class World:
    """A place of several people, and how it is called on its platform."""

    place: Destination
    server: str = ""

    @property
    def platform(self) -> str:
        return self.place.platform

    @property
    def home(self) -> str:
        return Destination(self.platform, self.server or self.place.chat).id


GROUP = World(Destination("telegram", "-100", "5"))
SERVER = World(Destination("discord", "c5"), "s1")
WORLDS = (GROUP, SERVER)


@dataclass(frozen=True)
class Role:
    """Somebody with a standing; `has` is the right that they should be found to have."""

    name: str
    has: str
    user: str = "50"
    standing: AskStanding = no_standing
    let_in: bool = True
    is_known: bool = True
    settings: ChatSettings = field(default_factory=ChatSettings)

    def person(self, world: World) -> Person:
        user = world.place.chat if self.user == "anonymous" else self.user
        return Person(f"{world.platform}/{user}", "Eve")


SILENT = as_standing(is_known=False)
NAMED = ChatSettings(named_editors=("telegram/50", "discord/50"))
BY_ROLE = ChatSettings(named_editors=("discord/@9",))
ROLES = (
    Role("stranger in a group that is not let in", "anyone", let_in=False),
    Role("its admin, whom nobody let in", "anyone", standing=as_standing(is_admin=True), let_in=False),
    Role("member", "viewer"),
    Role("member with some role", "viewer", standing=as_standing(roles=("discord/@8",)), settings=BY_ROLE),
    Role("member whom the platform does not tell of", "viewer", standing=SILENT, is_known=False),
    Role("named editor", "editor", settings=NAMED),
    Role("named editor, the platform silent", "editor", standing=SILENT, is_known=False, settings=NAMED),
    Role("editor by role", "editor", standing=as_standing(roles=("discord/@9",)), settings=BY_ROLE),
    Role("anybody where everyone edits", "editor", settings=ChatSettings(editors=Editors.EVERYONE)),
    Role("admin", "admin", standing=as_standing(is_admin=True)),
    Role("anonymous admin", "admin", user="anonymous", standing=as_standing(is_admin=True)),
    Role("demoted admin", "viewer", standing=as_standing(is_admin=False)),
    Role("known person where nobody else is let in", "viewer", user="8", let_in=False),
    Role("known admin of it", "admin", user="8", standing=as_standing(is_admin=True), let_in=False),
    Role("operator", "operator", user="7", let_in=False),
)


async def stand_in(world: World, role: Role) -> Stand:
    """A group or server that watches a wallet, with a running incident."""
    known = {"telegram/8", "discord/8"} | ({world.home} if role.let_in else set())
    stand = Stand(policy=Policy(allowed=frozenset(known), operators=frozenset({"telegram/7", "discord/7"})))
    owner = replace(
        stand.request(f"/watch {WALLET} treasury", place=world.place, private=False, server=world.server),
        person=Person(f"{world.platform}/7"),
    )
    await stand.desk.handle(owner)
    stand.book.chosen[world.home] = role.settings
    told = replace(alert(treasury()), destination=world.place.id, home=world.home)
    stand.book.alerts.append(told)
    stand.book.groups.append((world.place.id, AlertGroup("g1", (told, replace(told, subject="s2")))))
    return stand


def asked(stand: Stand, world: World, role: Role, text: str = "", press: str = "") -> Request:
    return stand.request(
        text,
        press=press,
        person=role.person(world),
        place=world.place,
        private=False,
        server=world.server,
        standing=role.standing,
        answer_to="interaction" if world is SERVER else "",
    )
