from tests.store.fixtures import client, store_url

__all__ = ["client", "store_url"]
