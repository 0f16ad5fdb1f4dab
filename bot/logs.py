"""Logs: key=value lines on a terminal, JSON otherwise, to standard error, never with a secret in them.

`bot.__main__` configures them once; all others call `structlog.get_logger()`. Libraries that use `logging`,
warnings and uncaught exceptions go through the same formatter, whose last act is the redaction.
"""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

import structlog

from bot.redaction import Redactor

_HUSHED: ContextVar[bool] = ContextVar("hushed", default=False)
_QUIET = (
    *("httpx", "httpcore", "asyncio", "telegram", "discord"),
    *("web3", "urllib3", "websockets", "aiohttp.access"),
)
"""Libraries that speak at INFO or DEBUG of every request, with its URL: heard from WARNING on."""


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line, so nothing that a processor or an exception put there can pass."""

    def __init__(self, redactor: Redactor, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.redact(super().format(record))


class _StandardError(logging.StreamHandler[TextIO]):
    """Looks `sys.stderr` up at each line: the console replaces it to keep the line being typed whole."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        raise AttributeError("this handler writes to standard error only")


def configure(
    *,
    level: str = "info",
    form: str = "auto",
    redactor: Redactor | None = None,
    stream: TextIO | None = None,
) -> None:
    """Set up logging for the whole process; calling it again replaces what was there.

    `form`: json, text, or auto (text on a terminal). `stream`: standard error at the time of each line.
    """
    target = stream or sys.stderr
    text = form == "text" or (form == "auto" and target.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if text else "iso", utc=not text),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    formatter = _Formatter(
        redactor or Redactor(),
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(text, target)],
    )
    handler = logging.StreamHandler(stream) if stream else _StandardError()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _drop_rehearsals,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a logger made before the settings were read must obey them too
    )
    sys.excepthook = _log_uncaught


@contextmanager
def hushed() -> Iterator[None]:
    """Within it nothing is logged below an error: what is only rehearsed did not happen."""
    token = _HUSHED.set(True)
    try:
        yield
    finally:
        _HUSHED.reset(token)


def _drop_rehearsals(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if _HUSHED.get() and method not in {"error", "critical", "exception"}:
        raise structlog.DropEvent
    return event


def _renderer(text: bool, target: TextIO) -> structlog.typing.Processor:  # noqa: FBT001  one caller
    if not text:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    structlog.get_logger("bot").critical("the program failed", exc_info=(kind, error, traceback))
