"""What is kept of people and chats, in words: /privacy and /forget. Nothing but what `bot.store.keys` says.

Called by `bot.messages.compose`.
"""

from bot.messages.catalogue import _, plural
from bot.messages.model import Line, Message
from bot.messages.records import ForgetAsked, Forgotten, PrivacyShown
from bot.messages.rich import bold, code, joined, plain, press, row, rows, say
from bot.messages.voice import Voice


def privacy_shown(voice: Voice, answer: PrivacyShown) -> Message:
    """What, for how long, who sees it, how to have it and how to be rid of it."""
    told: list[Line] = [
        _point(_("Kept"), _kept(answer)),
        _point(_("Of people"), _of_people(answer)),
        _point(
            _("How long"),
            _(
                "until it is deleted; the newest alert of an incident, what-ifs that can still be kept, and"
                " messages that could not be delivered, for 30 days; the ids of messages sent for 7 days;"
                " health factors and prices of what is watched, for charts, for 400 days; transfers to and"
                " from exchanges, which are public and nobody's here, for 7 days, their sums for 30"
            ),
        ),
        _point(
            _("Not kept"),
            _("what else you write to me, lists and files that you send; keys of a wallet I never ask for"),
        ),
        _point(_("Who sees it"), _who_sees(voice, answer)),
    ]
    told.append(
        say(
            _("All of it as a file: {export}. Delete it: {forget}, at once, also from the disk of my store."),
            export=code("/export"),
            forget=code("/forget"),
        )
    )
    return Message(tuple(told), (), rows(row(press(_("Export"), "export"), press(_("Forget"), "forget"))))


def _point(title: str, text: str) -> Line:
    return joined(((bold(title),), plain(text)), ": ")


def _kept(answer: PrivacyShown) -> str:
    if answer.private:
        return _(
            "the id of this chat; the addresses, prices and transfers you watch and the positions you"
            " imagine, as you typed them, their labels and rules; whose addresses are, as you said with"
            " /label; your settings; the alerts I sent, each with its position or transfers"
        )
    if answer.platform == "discord":
        return _(
            "the ids of this server and of the channels where I am used, and that I was let in; the"
            " addresses, prices and transfers watched and the positions imagined here, their labels and"
            " rules; whose addresses are, by /label; the settings; the alerts I sent, with the position"
            " as it was"
        )
    return _(
        "the ids of this chat, now and before it moved, and of the topics where I am used, and that I was let"
        " in; the addresses, prices and transfers watched and the positions imagined here, their labels and"
        " rules; whose addresses are, by /label; the settings; the alerts I sent, with the position as it was"
    )


def _of_people(answer: PrivacyShown) -> str:
    if answer.private:
        return _(
            "your id with each watch you added, and where you are named an editor or a place to tell; your id"
            " and name with each incident you acknowledged or snoozed, here and in groups; that you are my"
            " operator, if you are"
        )
    return _(
        "the id of who added a watch and of who is named an editor; the id and name of who acknowledged or"
        " snoozed an incident; nothing of anybody else"
    )


def _who_sees(voice: Voice, answer: PrivacyShown) -> str:
    """Whoever hosts a bot sees everything: that belongs here first."""
    host = _(
        "whoever hosts me can read all of it, and my log names chats and people by id; a recording of what I"
        " see on chain, if my host makes one, has the addresses watched, but no chat and no name; the nodes"
        " that I read chains from see the addresses; {platform} carries my messages"
    ).format(platform={"telegram": "Telegram", "discord": "Discord"}.get(answer.platform, _("this terminal")))
    if answer.private:
        return host
    everybody = _("everybody here sees what is watched and its alerts; amounts are shown here")
    if not voice.amounts:
        everybody = _("everybody here sees what is watched and its alerts; amounts are hidden here")
    return f"{everybody}; {host}"


# ---- forgetting ---------------------------------------------------------------------------------------


def forget_asked(voice: Voice, answer: ForgetAsked) -> Message:
    count = plural(
        "I would forget {n} watch and its rules", "I would forget {n} watches and their rules", answer.watches
    )
    rest = _(", your settings, and every stored alert and message of this chat.")
    if not answer.private:
        rest = _(", the settings, and every stored alert and message of this place.")
    told: list[Line] = [say(count + rest, n=voice.figures.whole(answer.watches))]
    if answer.labels:
        labels = plural(
            "{n} label that says whose an address is would go as well.",
            "{n} labels that say whose addresses are would go as well.",
            answer.labels,
        )
        told.append(say(labels, n=voice.figures.whole(answer.labels)))
    if answer.places > 1:
        places = plural(
            "It is about {n} place: all channels and topics from which I was used.",
            "It is about {n} places: all channels and topics from which I was used.",
            answer.places,
        )
        told.append(say(places, n=answer.places))
    if answer.named:
        named = plural(
            "Your id and name would also go from {n} record of another chat.",
            "Your id and name would also go from {n} records of other chats.",
            answer.named,
        )
        told.append(say(named, n=answer.named))
    if answer.watches:
        told.append(say(_("To keep the list, take {command} first."), command=code("/export list")))
    told.append(say(_("Nothing is forgotten yet.")))
    return Message(tuple(told), (), rows(row(press(_("Forget everything"), "forget", "everything"))))


def forgotten(voice: Voice, answer: Forgotten) -> Message:
    count = plural("Forgotten, {n} watch with it.", "Forgotten, {n} watches with it.", answer.watches)
    told: list[Line] = [say(count, n=voice.figures.whole(answer.watches))]
    if answer.named:
        named = plural(
            "{n} record of another chat no longer names you.",
            "{n} records of other chats no longer name you.",
            answer.named,
        )
        told.append(say(named, n=answer.named))
    told.append(plain(_left(answer)))
    return Message(tuple(told))


def _left(answer: Forgotten) -> str:
    match answer.private, answer.let_in:
        case True, True:
            return _("I know nothing of this chat any more but that you are my operator.")
        case True, False:
            return _("I know nothing of this chat any more.")
        case False, True:
            return _("I know nothing of this place any more but that I was let in.")
        case _:
            return _("I know nothing of this place any more.")
