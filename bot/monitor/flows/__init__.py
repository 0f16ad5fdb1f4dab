"""What flows lead to: labels, learning, sums, rules and the loans behind them. Opened by `bot.app`."""

from bot.monitor.flows.monitor import FlowMonitor

__all__ = ["FlowMonitor"]
