"""Charts as pictures, drawn in a process of their own: `bot.app` opens a `ProcessCharter`."""

from bot.charts.charter import ProcessCharter

__all__ = ["ProcessCharter"]
