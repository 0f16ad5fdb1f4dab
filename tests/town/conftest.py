"""The store that a town stands on, and towns whose homes are guarded."""

from tests.store.fixtures import store_url
from tests.town.guarding import guarded, visited

__all__ = ["guarded", "store_url", "visited"]
