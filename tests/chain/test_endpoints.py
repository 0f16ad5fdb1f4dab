"""Endpoints that die, refuse, lag and lie: which one is asked, what is said of it, and what never is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import structlog

from bot.domain.units import Address
from bot.errors import SourceError
from tests.chain.answer_book import AnswerBook
from tests.chain.lab import Lab
from tests.chain.node import Anvil
from tests.watchers.proxy import Proxy
from watchers.evm import rpc
from watchers.evm.endpoints import split_urls
from watchers.evm.faults import Kind, NoEndpoint, RpcFault
from watchers.evm.logs import LogReader, RangeRefused
from watchers.evm.multicall import Call, Multicall
from watchers.evm.rpc import RpcPool
from watchers.evm.words import call_data, checksummed, unsigned

pytestmark = pytest.mark.chain

SECRET = "s3cr3tk3y"


class Seconds:
    """A monotonic clock that the test turns."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def pooled(*urls: str, seconds: Seconds | None = None) -> AsyncIterator[RpcPool]:
    async with aiohttp.ClientSession() as session:
        pool = RpcPool(urls, session, monotonic=seconds or Seconds())
        try:
            yield pool
        finally:
            await pool.close()


async def polled(pool: RpcPool) -> None:
    """A poll, and an end to the probes that it set off: the next poll knows what they found."""
    await pool.latest()
    if pool._probing is not None:
        await pool._probing


TROUBLES = {
    "rate": (429, "Too Many Requests"),
    "key": (401, "Unauthorized: invalid key"),
    "gateway": (502, "<html>Bad Gateway</html>"),
    "redirect": (302, ""),
    "nonsense": (200, "hello"),
    "a list": (200, "[1]"),
    "nesting without end": (200, "[" * 100_000),
    "internal": (200, {"error": {"code": -32603, "message": "internal error"}}),
    "behind": (200, {"error": {"code": -32000, "message": "header not found"}}),
    "no archive": (200, {"error": {"code": -32000, "message": "missing trie node 12"}}),
    "error as text": (200, {"error": "forbidden"}),
    "no method": (200, {"error": {"code": -32601, "message": "method not found"}}),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_any_trouble_passes_the_question_on(anvil: Anvil, trouble: str) -> None:
    async with Proxy(anvil.url) as bad, Proxy(anvil.url) as good, pooled(bad.url, good.url) as pool:
        bad.answer = TROUBLES[trouble]
        assert await pool.request("eth_chainId", []) == "0x7a69"
        assert pool.host == f"127.0.0.1:{good.port}"
        assert await pool.request("eth_chainId", []) == "0x7a69"
        assert (bad.requests, good.requests, pool.requests) == (1, 2, 3), "left alone while it cools down"


async def test_a_hanging_or_dead_endpoint_passes_the_question_on(
    anvil: Anvil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc, "TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    async with (
        Proxy(anvil.url) as hung,
        Proxy(anvil.url) as dead,
        pooled(hung.url, dead.url, anvil.url) as pool,
    ):
        hung.hangs = True
        await dead.stop()
        monkeypatch.setattr(rpc, "TIMEOUT", aiohttp.ClientTimeout(total=1))
        assert await pool.request("eth_chainId", []) == "0x7a69"
        await dead.start()


async def test_a_revert_is_an_answer_and_is_not_asked_twice(anvil: Anvil) -> None:
    book = AnswerBook(anvil, "0x" + "be" * 20, refusing=True)
    book.put(b"\x01\x02", b"because")
    async with Proxy(anvil.url) as one, Proxy(anvil.url) as two, pooled(one.url, two.url) as pool:
        with pytest.raises(RpcFault) as caught:
            await pool.request("eth_call", [{"to": book.address, "data": "0x0102"}, "latest"])
        assert (caught.value.kind, caught.value.data) == (Kind.REVERT, b"because")
        assert (one.requests, two.requests) == (1, 0)


async def test_a_left_endpoint_comes_back_after_a_look_at_its_head(anvil: Anvil) -> None:
    seconds = Seconds()
    async with (
        Proxy(anvil.url) as one,
        Proxy(anvil.url) as two,
        pooled(one.url, two.url, seconds=seconds) as pool,
    ):
        await pool.latest()
        one.answer = (429, "slow down")
        await pool.latest()
        assert pool.host.endswith(str(two.port))
        one.answer = None
        await pool.latest()
        assert pool.host.endswith(str(two.port)), "not before its time"
        seconds.now += 11
        await polled(pool)
        assert pool.host.endswith(str(two.port)), "not before it was looked at"
        await pool.latest()
        assert pool.host.endswith(str(one.port))


async def test_repeated_trouble_is_waited_out_longer(anvil: Anvil) -> None:
    seconds = Seconds()
    async with (
        Proxy(anvil.url) as one,
        Proxy(anvil.url) as two,
        pooled(one.url, two.url, seconds=seconds) as pool,
    ):
        one.answer = (429, "slow down")
        asked = []
        for _ in range(60):
            await polled(pool)
            asked.append(one.requests)
            seconds.now += 1
        assert asked[-1] == 3, "after 0, 10 and 30 seconds"


async def test_an_endpoint_behind_the_others_is_left(anvil: Anvil) -> None:
    seconds = Seconds()
    async with (
        Proxy(anvil.url) as one,
        Proxy(anvil.url) as two,
        pooled(one.url, two.url, seconds=seconds) as pool,
    ):
        anvil.mine(3)
        assert (await pool.latest()).number == 3
        one.frozen = 3
        anvil.mine(5)
        assert (await pool.latest()).number == 3
        seconds.now += 61
        await polled(pool)
        assert (await pool.latest()).number == 8
        assert pool.host.endswith(str(two.port))
        one.frozen = None
        seconds.now += 61
        await polled(pool)
        await pool.latest()
        assert pool.host.endswith(str(one.port))


async def test_a_hanging_endpoint_that_is_not_in_use_keeps_nobody_waiting(anvil: Anvil) -> None:
    seconds = Seconds()
    async with (
        Proxy(anvil.url) as one,
        Proxy(anvil.url) as hung,
        pooled(one.url, hung.url, seconds=seconds) as pool,
    ):
        hung.hangs = True
        seconds.now += 61
        for _ in range(3):
            anvil.mine()
            async with asyncio.timeout(rpc.TIMEOUT.total / 2):
                assert (await pool.latest()).number == anvil.block_number()
        probing = pool._probing
        assert probing is not None
        assert not probing.done()
        await pool.close()
        assert probing.cancelled()
    assert hung.requests == 1, "one look at a time"


async def test_a_bug_in_a_probe_is_told_and_the_poll_goes_on(
    anvil: Anvil, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = Seconds()
    async with pooled(anvil.url, anvil.url + "/", seconds=seconds) as pool:
        monkeypatch.setattr(pool, "_lagging", None)
        monkeypatch.setattr(pool, "_probe", None)
        seconds.now += 61
        await pool.latest()
        await asyncio.wait([pool._probing])
        with structlog.testing.capture_logs() as logs:
            assert (await pool.latest()).number == 0
    assert [(line["event"], type(line["exc_info"])) for line in logs] == [("probe_bug", TypeError)]


async def test_secrets_in_a_url_reach_no_error_and_no_log(anvil: Anvil) -> None:
    async with Proxy(anvil.url) as proxy:
        echo = f"upstream http://user:{SECRET}@{proxy.url[7:]}/v2/{SECRET}?key={SECRET} failed"
        url = f"http://user:{SECRET}@127.0.0.1:{proxy.port}/v2/{SECRET}?key={SECRET}"
        with structlog.testing.capture_logs() as logs:
            async with pooled(url) as pool:
                assert await pool.request("eth_chainId", []) == "0x7a69"
                for answer in ((500, echo), (200, {"error": {"code": 1, "message": echo}})):
                    proxy.answer = answer
                    with pytest.raises(NoEndpoint) as caught:
                        await pool.request("eth_chainId", [])
                    assert str(caught.value).startswith(f"127.0.0.1:{proxy.port}: ")
                    assert caught.value.__cause__ is None
                    assert SECRET not in str(caught.value) + repr(caught.value) + repr(pool._endpoints)
                await proxy.stop()
                with pytest.raises(NoEndpoint) as caught:
                    await pool.latest()
                assert SECRET not in str(caught.value)
        assert logs
        assert SECRET not in repr(logs)


async def test_basic_authentication_travels_as_a_header(anvil: Anvil) -> None:
    async with aiohttp.ClientSession() as session:
        [endpoint] = RpcPool(["https://me:pass@node.example/x"], session)._endpoints
        assert endpoint.url == "https://node.example/x"
        assert endpoint.headers == {"Authorization": "Basic bWU6cGFzcw=="}


def test_websockets_are_told_from_endpoints_to_ask() -> None:
    assert split_urls(["https://a", "wss://b", "https://a"]) == (("https://a",), ("wss://b",))
    assert split_urls(["wss://b/x", "ws://c"]) == (("https://b/x", "http://c"), ("wss://b/x", "ws://c"))


# ---- logs and calls over poor endpoints -------------------------------------------------------------


async def test_a_range_is_halved_until_it_is_taken_and_nothing_is_lost(lab_v36: Lab) -> None:
    market = lab_v36.market
    contracts = [checksummed(market.pool), checksummed(market.configurator)]
    last = lab_v36.anvil.block_number()
    async with Proxy(lab_v36.anvil.url) as proxy, pooled(proxy.url) as pool:
        whole = await LogReader(pool).between(0, last, contracts)
        assert len(whole) > 50
        assert [(log.block, log.index) for log in whole] == sorted((log.block, log.index) for log in whole)
        for widest in (7, 1):
            proxy.widest = widest
            reader = LogReader(pool, most_requests=1_000)
            assert await reader.between(0, last, contracts) == whole
            proxy.asked.clear()
            await reader.between(last - 3, last, contracts)
            assert proxy.asked["eth_getLogs"] <= 5, "it remembers what was borne"
        with pytest.raises(RangeRefused):
            await LogReader(pool, most_requests=5).between(0, last, contracts)
        proxy.widest = 0
        with pytest.raises(RangeRefused):
            await LogReader(pool).between(0, 3, contracts)


async def test_a_range_that_one_endpoint_refused_once_is_tried_again(lab_v36: Lab) -> None:
    contracts = [checksummed(lab_v36.market.pool)]
    last = lab_v36.anvil.block_number()
    async with Proxy(lab_v36.anvil.url) as proxy, pooled(proxy.url) as pool:
        reader = LogReader(pool)
        proxy.widest = 3
        whole = await reader.between(0, last, contracts)
        proxy.widest = None
        spent = []
        for _ in range(20):
            proxy.asked.clear()
            assert await reader.between(0, last, contracts) == whole
            spent.append(proxy.asked["eth_getLogs"])
        assert spent[0] > spent[-1] == 1


A_LOG = {
    "address": "0x01",
    "topics": ["0x01"],
    "data": "0x",
    "transactionHash": "0x" + "12" * 32,
    "blockNumber": "0x1",
    "logIndex": "0x0",
}
ODD_LOGS = {
    "no list": {},
    "nothing": None,
    "nulls": [None],
    "texts": ["removed"],
    "lists": [[]],
    "numbers": [7],
    "lacking": [{"address": "0x01"}],
    "of no transaction": [A_LOG | {"transactionHash": None}],
    "of no block": [A_LOG | {"blockNumber": None}],
    "topics that are none": [A_LOG | {"topics": [None]}],
    "data that is none": [A_LOG | {"data": {}}],
}


@pytest.mark.parametrize("odd", ODD_LOGS)
async def test_odd_logs_are_a_fault_of_their_source(anvil: Anvil, odd: str) -> None:
    async with Proxy(anvil.url) as proxy, pooled(proxy.url) as pool:
        proxy.answer = (200, {"result": [A_LOG]})
        assert len(await LogReader(pool).at("0x", [])) == 1
        proxy.answer = (200, {"result": ODD_LOGS[odd]})
        for asked in (LogReader(pool).at("0x", []), LogReader(pool).between(1, 1, [])):
            with pytest.raises(SourceError):
                await asked


async def test_where_hashes_are_refused_a_number_is_read_and_its_hash_proved(lab_v36: Lab) -> None:
    market = lab_v36.market
    call = Call(checksummed(market.pool), call_data("0148170e"))
    async with Proxy(lab_v36.anvil.url) as proxy, pooled(proxy.url) as pool:
        proxy.takes_hashes = False
        multicall = Multicall(pool, Address("0xcA11bde05977b3631167028862bE2a173976CA11"))
        lab_v36.anvil.mine()
        market.mint("WETH", market.pool, 1)  # an empty block would be replaced by its twin
        head = await pool.latest()
        [answer] = await multicall.read([call], head.ref)
        assert unsigned(answer or b"") == 10
        lab_v36.anvil.rpc("anvil_reorg", 1, [])
        with pytest.raises(SourceError):
            await multicall.read([call], head.ref)


async def test_a_chain_without_multicall3_is_told_so(anvil: Anvil) -> None:
    async with pooled(anvil.url) as pool:
        multicall = Multicall(pool, Address("0xcA11bde05977b3631167028862bE2a173976CA11"))
        with pytest.raises(SourceError, match="there is no Multicall3 at 0xcA11"):
            await multicall.read([Call(Address("0x" + "00" * 20), b"")], (await pool.latest()).ref)
