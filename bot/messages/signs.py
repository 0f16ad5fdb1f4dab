"""The first line of an alert: severity as symbol and word, and the health factor with its trend."""

from bot.domain.alerts import Alert, Reason, Severity
from bot.messages.catalogue import _
from bot.messages.model import Line
from bot.messages.rich import bold, joined, say
from bot.messages.voice import Voice


def severity_word(severity: Severity) -> str:
    """Symbol and word, never colour alone."""
    match severity:
        case Severity.CRITICAL:
            return _("🔴 CRITICAL")
        case Severity.WARNING:
            return _("🟠 WARNING")
        case Severity.NOTICE:
            return _("🔵 NOTICE")


def loudness(alert: Alert) -> str:
    """`Message.severity` of an alert."""
    return "resolved" if alert.reason is Reason.RESOLVED else alert.severity.name.lower()


def head(sign: str, *parts: Line) -> Line:
    return joined(((bold(sign),), *parts))


def health(voice: Voice, now: int, before: int = 0) -> Line:
    """HF 1.07 (was 1.12)"""
    if not before or before == now:
        return say(_("HF {now}"), now=bold(voice.figures.health(now)))
    texts = voice.figures.health_pair(now, before)
    if not texts[1]:
        return say(_("HF {now}"), now=bold(texts[0]))
    return say(_("HF {now} (was {before})"), now=bold(texts[0]), before=texts[1])
