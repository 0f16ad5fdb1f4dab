"""A process that owns an embedded store, writes numbers and says each one that was acknowledged.

`python -m tests.store.writer DATA_DIR`: first line the server's pid, then one number a line.
"""

import asyncio
import logging
import sys
from pathlib import Path

import structlog

from bot.store.connect import close_client, open_client
from bot.store.embedded import EmbeddedStore
from bot.store.link import Link


async def main() -> None:
    async with EmbeddedStore(Path(sys.argv[1])) as store:
        print(f"server {store.pid}", flush=True)
        client = open_client(store.url)
        link = Link(client)
        number = int(await link.call("GET", "last") or 0)
        while True:
            number += 1
            # Both or neither: what a torn transaction would betray.
            await link.transaction([("SADD", "numbers", number), ("SET", "last", number)])
            print(number, flush=True)
            if number % 50 == 0:
                print(f"server {store.pid}", flush=True)
            if number >= 1_000_000:
                break
        await close_client(client)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(main())
