"""Files on both ways: what the bot uploaded with a request, and what people sent and the bot may fetch.

Made by exchange and people; served by the peer under the file address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.chat.telegram.faults import Fault
from tests.chat.telegram.members import Json

NAME_CAP = 128
FETCHED_AT_MOST = 20_000_000
"""https://core.telegram.org/bots/api#getfile"""


@dataclass(frozen=True, slots=True)
class Upload:
    data: bytes
    name: str = ""
    mime: str = "application/octet-stream"

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def pixels(self) -> tuple[int, int] | None:
        """Width and height of a PNG picture; None for anything else."""
        if self.data[:8] != b"\x89PNG\r\n\x1a\n" or len(self.data) < 24:
            return None
        width, height = (int.from_bytes(self.data[at : at + 4], "big") for at in (16, 20))
        return (width, height) if width and height else None


@dataclass(slots=True)
class Files:
    """Every file that Telegram keeps, by its id; it can be fetched under a path that getFile gave out."""

    kept: dict[str, Upload] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    """Path -> file id."""

    def keep(self, file: Upload) -> Json:
        """The Document object of a new file."""
        number = len(self.kept) + 1
        file_id = f"BQACAgIAAxk{number:06}"
        self.kept[file_id] = file
        return self.document(file_id)

    def document(self, file_id: str) -> Json:
        file = self.kept[file_id]
        return {"file_id": file_id, "file_unique_id": f"u{file_id[-6:]}", "file_name": file.name,
                "mime_type": file.mime, "file_size": len(file.data)}  # fmt: skip

    def open(self, file_id: str) -> Json:
        """The File object, its path now good for a download."""
        path = f"documents/file_{file_id[-6:]}"
        self.paths[path] = file_id
        seen = self.document(file_id)
        return {name: seen[name] for name in ("file_id", "file_unique_id", "file_size")} | {"file_path": path}

    def at(self, path: str) -> Upload | None:
        return self.kept.get(self.paths.get(path, ""))


def name_faults(method: str, files: Mapping[str, Upload]) -> Iterator[Fault]:
    """An uploaded part needs a plain name: Telegram shows it to people, and phones save under it."""
    for part, file in files.items():
        plain = file.name.isprintable() and "/" not in file.name and len(file.name) <= NAME_CAP
        if not plain or not file.name.strip("._ "):
            yield Fault("bad file name", f"{method}.{part}", f"{file.name!r} names no file")
