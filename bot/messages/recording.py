"""Words about a recording of what is seen on chain, for the operator in /status."""

from bot.messages.catalogue import _
from bot.messages.hostile import clean


def recording_advice(path: str, ended: str) -> str:
    """One sentence: that it runs, or why it does no more."""
    name = clean(path, 200, unlink=False).text
    if ended:
        why = clean(ended, 120, unlink=False).text
        return _("Recording to {file} ended: {why}.").format(file=name, why=why)
    return _("What I see on chain is recorded to {file}; the watched addresses are in it.").format(file=name)
