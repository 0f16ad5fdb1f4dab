"""Judgement: what a watcher saw, turned by the rules into what is remembered and what is said."""

from bot.monitor.monitor import Monitor

__all__ = ["Monitor"]
