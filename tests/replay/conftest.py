from tests.chain.conftest import _session_v36, lab_v36
from tests.store.fixtures import client, store_url

__all__ = ["_session_v36", "client", "lab_v36", "store_url"]
