"""The chain lab's fixtures, for the eyes on transfers."""

from tests.chain.conftest import _session_v36, _session_v302, any_lab, lab_v36, lab_v302

__all__ = ["_session_v36", "_session_v302", "any_lab", "lab_v36", "lab_v302"]
