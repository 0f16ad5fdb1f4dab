"""Every key of the store: its type, its expiry and who writes it. No other file spells a key.

Each script and transaction touches the keys of one hash tag only, so that a cluster can hold us too:
`{telegram}` (one tag a platform) for what is to be delivered, `{core}` for watches and judgements.

| key                      | type   | expiry | owner      | holds
|--------------------------|--------|--------|------------|-------------------------------------------------
| uk:{P}:platform          | hash   | none   | outbox     | seq, token; next, frozen (us); acked dead waiting
|                          |        |        |            | refused forgotten (counters)
| uk:{P}:ready:LANE        | zset   | none   | outbox     | destination by when it is due (us)
| uk:{P}:queue:D           | zset   | none   | outbox     | delivery id by LANE * 2^50 + seq
| uk:{P}:later:LANE:D      | zset   | none   | outbox     | delivery id by when it joins the queue (us)
| uk:{P}:bodies:D          | hash   | none   | outbox     | delivery id -> Delivery
| uk:{P}:meta:D            | hash   | 30 d * | outbox     | leased token until; muted; moved detour; and of
|                          |        |        |            | each id s: subject, a: attempts, r: may have been
|                          |        |        |            | sent, q: seq while it is in `later`
| uk:{P}:recent:D          | zset   | 7 d    | outbox     | ids once appended, by when (us); at most 10,000;
|                          |        |        |            | of a group also those of its alerts
| uk:{P}:dead:D            | list   | 30 d   | outbox     | {id, why, at, body}; at most 200, newest first
| uk:{P}:buried            | zset   | none   | outbox     | destinations with dead letters, by when (us)
| uk:{P}:muted             | set    | none   | outbox     | destinations that are gone
| uk:{P}:said:D            | hash   | 30 d   | outbox     | incident or group -> the platform's id of its
|                          |        |        |            | first message, behind a "~" if others share that
| uk:{P}:said_at:D         | zset   | 30 d   | outbox     | incident or group by when it was last said (us)
| uk:{P}:alerts:D          | hash   | 30 d   | outbox     | incident -> newest Alert; "" -> newest of all
| uk:{P}:groups:D          | hash   | 30 d   | outbox     | group -> AlertGroup
| uk:{P}:chat:C            | hash   | 7 d    | outbox     | tat, next, critical, answers, frozen (us) of a
|                          |        |        |            | chat, with all its threads
| uk:{core}:version        | string | none   | watch book | counts changes
| uk:{core}:ids            | string | none   | watch book | the last watch id given
| uk:{core}:watches        | hash   | none   | watch book | watch id -> Watch
| uk:{core}:watches_of:H   | hash   | none   | watch book | watch id -> its number
| uk:{core}:settings       | hash   | none   | watch book | home -> ChatSettings
| uk:{core}:places_of:H    | set    | none   | watch book | destinations it spoke from
| uk:{core}:sent_to:H      | set    | none   | watch book | destinations that its settings ever named
| uk:{core}:home_of        | hash   | none   | watch book | a Discord channel -> its server
| uk:{core}:admitted       | set    | none   | watch book | homes let in
| uk:{core}:codes          | zset   | none   | watch book | [code, place, home] by when it ends (s)
| uk:{core}:pings:H        | hash   | 30 min | watch book | incident -> "until delivery" of its last ping
| uk:{core}:drafts:H       | hash   | 30 d   | watch book | draft -> "at Watch" (us), the newest 50
| uk:{core}:labels         | hash   | none   | labels     | chain id/address -> Label; the operator's, at
|                          |        |        |            | most 100,000
| uk:{core}:labels_of:H    | hash   | none   | labels     | the same of a home, at most 1,000
| uk:{core}:label_chains   | set    | none   | labels     | chain ids that any label ever was of
| uk:{core}:labels_version | string | none   | labels     | counts changes of labels
| uk:{core}:past:S:full    | list   | 2 d    | history    | at, health, price of each minute's first point
| uk:{core}:past:S:hourly  | list   | 30 d   | history    | the same of each hour
| uk:{core}:past:S:daily   | list   | 400 d  | history    | the same of each day
| uk:{core}:layout         | string | none   | watch book | the newest layout that `settle` brought all to
| uk:{core}:operators      | set    | none   | watch book | platform/user
| uk:{core}:former         | hash   | none   | watch book | a migrated chat's id -> its id before
| uk:{core}:states         | hash   | none   | judgements | StateKey as a JSON list -> RuleState
| uk:{core}:cursors        | hash   | none   | judgements | market -> BlockRef
| uk:{core}:journal:M      | zset   | none   | judgements | undo records by block; the last 256 blocks
| uk:{core}:journals       | set    | none   | judgements | markets with a journal
| uk:{core}:journal_seq    | string | none   | judgements | orders undo records within a block
| uk:{core}:flow_chains    | set    | none   | flows      | ids of chains whose flows are kept
| uk:{core}:flow_tallies:N | hash   | none   | flows      | bucket of time -> its sum (`bot.domain.tallies`)
| uk:{core}:flow_accounts:N| hash   | none   | flows      | address -> what it is to us, deposit addresses
|                          |        |        |            | with their evidence (`bot.domain.deposits`)
| uk:{core}:flow_log:N     | zset   | 7 d    | flows      | Flow, short, by when (s); at most 250,000
| uk:{core}:flow_trail:N   | zset   | none   | flows      | who funded whom in a block, by block; a day
| uk:{core}:flow_before:N  | zset   | none   | flows      | LoansBefore by block; a day, at most 1,000 or so
| uk:{core}:flow_journal:N | zset   | none   | flows      | what a block overwrote, by block; the last 256

P platform, D destination id, H home id, C chat, M market, S subject, N chain id; `later` has lanes 1 and 2
only.
* only while nothing waits and it is neither muted nor moved.
"""

from typing import Final

from bot.subscriptions import Destination

PREFIX: Final = "uk:"
CORE: Final = "uk:{core}:"

VERSION: Final = CORE + "version"
IDS: Final = CORE + "ids"
WATCHES: Final = CORE + "watches"
SETTINGS: Final = CORE + "settings"
HOME_OF: Final = CORE + "home_of"
ADMITTED: Final = CORE + "admitted"
CODES: Final = CORE + "codes"
LAYOUT: Final = CORE + "layout"
OPERATORS: Final = CORE + "operators"
FORMER: Final = CORE + "former"
STATES: Final = CORE + "states"
CURSORS: Final = CORE + "cursors"
JOURNALS: Final = CORE + "journals"
JOURNAL_SEQ: Final = CORE + "journal_seq"
LABEL_CHAINS: Final = CORE + "label_chains"
LABELS_VERSION: Final = CORE + "labels_version"
FLOW_CHAINS: Final = CORE + "flow_chains"


def watches_of(home: str) -> str:
    return f"{CORE}watches_of:{home}"


def places_of(home: str) -> str:
    return f"{CORE}places_of:{home}"


def sent_to(home: str) -> str:
    return f"{CORE}sent_to:{home}"


def pings(home: str) -> str:
    return f"{CORE}pings:{home}"


def drafts(home: str) -> str:
    return f"{CORE}drafts:{home}"


def labels(home: str) -> str:
    """A home's own layer; without a home the operator's."""
    return f"{CORE}labels_of:{home}" if home else f"{CORE}labels"


def past(subject: str) -> tuple[str, str, str]:
    """The series of a subject, the finest first."""
    key = f"{CORE}past:{subject}:"
    return f"{key}full", f"{key}hourly", f"{key}daily"


def journal(market: str) -> str:
    return f"{CORE}journal:{market}"


def flow_tallies(chain_id: int) -> str:
    return f"{CORE}flow_tallies:{chain_id}"


def flow_accounts(chain_id: int) -> str:
    return f"{CORE}flow_accounts:{chain_id}"


def flow_log(chain_id: int) -> str:
    return f"{CORE}flow_log:{chain_id}"


def flow_trail(chain_id: int) -> str:
    return f"{CORE}flow_trail:{chain_id}"


def flow_before(chain_id: int) -> str:
    return f"{CORE}flow_before:{chain_id}"


def flow_journal(chain_id: int) -> str:
    return f"{CORE}flow_journal:{chain_id}"


def of_platform(platform: str) -> tuple[str, ...]:
    """What the platform's scripts share, in the order of `lua/common.lua`: KEYS[1] to KEYS[4]."""
    tag = f"{PREFIX}{{{platform}}}:"
    return (f"{tag}platform", f"{tag}ready:0", f"{tag}ready:1", f"{tag}ready:2")


def muted(platform: str) -> str:
    return f"{PREFIX}{{{platform}}}:muted"


def of_destination(destination: str) -> tuple[str, ...]:
    """KEYS of every script about one destination, in the order of `lua/common.lua`."""
    to = Destination.parse(destination)
    tag = f"{PREFIX}{{{to.platform}}}:"
    return (
        *of_platform(to.platform),
        f"{tag}queue:{destination}",
        f"{tag}bodies:{destination}",
        f"{tag}meta:{destination}",
        f"{tag}recent:{destination}",
        f"{tag}dead:{destination}",
        f"{tag}buried",
        f"{tag}muted",
        said(destination),
        f"{tag}said_at:{destination}",
        alerts(destination),
        f"{tag}chat:{to.chat}",
        f"{tag}later:1:{destination}",
        f"{tag}later:2:{destination}",
        groups(destination),
    )


def dead(destination: str) -> str:
    return of_destination(destination)[8]


def recent(destination: str) -> str:
    return of_destination(destination)[7]


def said(destination: str) -> str:
    return f"{PREFIX}{{{Destination.parse(destination).platform}}}:said:{destination}"


def alerts(destination: str) -> str:
    return f"{PREFIX}{{{Destination.parse(destination).platform}}}:alerts:{destination}"


def groups(destination: str) -> str:
    return f"{PREFIX}{{{Destination.parse(destination).platform}}}:groups:{destination}"
