"""Delivery: what is in the outbox reaches its chat. Built by `bot.app`, one worker a platform."""

from bot.delivery.attempt import Compose
from bot.delivery.worker import DeliveryWorker

__all__ = ["Compose", "DeliveryWorker"]
