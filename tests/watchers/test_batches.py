"""Many questions in one request: as many as are borne, all answered in order, by one node; refusals."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from watchers.evm.batches import Batches
from watchers.evm.endpoints import results_of
from watchers.evm.faults import Kind, NoEndpoint, RpcFault
from watchers.evm.rpc import RpcPool


class Node:
    """Answers a question's first parameter, in its own order; refuses what a test says."""

    def __init__(self, most: int = 1_000, said: str = "batch too large", status: int = 200) -> None:
        self.most = most
        self.said = said
        self.status = status
        self.sizes: list[int] = []
        self.busy = 0
        self.answer: Any = None

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        several = isinstance(body, list)
        self.sizes.append(len(body) if several else 1)
        if self.busy:
            self.busy -= 1
            return web.Response(status=429, headers={"Retry-After": "3"})
        if self.answer is not None:
            return web.json_response(self.answer)
        if several and len(body) > self.most:
            error = {"code": -32600, "message": self.said}
            return web.json_response({"jsonrpc": "2.0", "error": error}, status=self.status)
        found = [{"id": one["id"], "result": one["params"][0]} for one in (body if several else [body])]
        return web.json_response(found[::-1] if several else found[0])


@asynccontextmanager
async def asking(*nodes: Node, most: int = 100, optional: bool = False) -> AsyncIterator[Batches]:
    runners, urls = [], []
    for node in nodes:
        app = web.Application()
        app.router.add_post("/", node.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
    async with aiohttp.ClientSession() as session:
        pool = RpcPool(urls, session)
        try:
            yield Batches(pool, most=most, optional=optional)
        finally:
            await pool.close()
            for runner in runners:
                await runner.cleanup()


def questions(count: int) -> list[tuple[str, list[int]]]:
    return [("eth_ask", [number]) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 99, 100, 101, 250])
async def test_all_are_answered_in_order(count: int) -> None:
    node = Node()
    async with asking(node) as batches:
        assert await batches.ask(questions(count)) == list(range(count))
    assert len(node.sizes) == -(-count // 100)


@pytest.mark.parametrize("most", [1, 3, 50])
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("batch too large", 200),
        ("no", 400),
        ("no", 413),
        ("what is this", 200),
        ("exceeds the limit", 200),
    ],
)
async def test_smaller_ones_are_tried_until_they_are_borne(most: int, said: str, status: int) -> None:
    """Whatever the words: the endpoint is not left for it, and the size is remembered."""
    node = Node(most, said, status)
    async with asking(node) as batches:
        assert await batches.ask(questions(120)) == list(range(120))
        refused = sum(size > most for size in node.sizes)
        assert refused <= 2 * (7 + 4), "two in flight; seven halvings, and larger ones ever more rarely"
        [endpoint] = batches._pool._endpoints
        assert not endpoint.why
        node.sizes.clear()
        assert await batches.ask(questions(6)) == list(range(6))
        assert max(node.sizes) <= 2 * most


async def test_larger_ones_are_tried_again_in_time() -> None:
    node = Node(3)
    async with asking(node) as batches:
        await batches.ask(questions(100))
        node.most = 100
        await batches.ask(questions(400))
        assert max(node.sizes[-5:]) > 3


async def test_a_busy_node_is_left_to_the_caller_with_its_wish() -> None:
    node = Node()
    async with asking(node) as batches:
        node.busy = 2
        with pytest.raises(NoEndpoint) as raised:
            await batches.ask(questions(200))
        assert raised.value.kinds == {Kind.RATE}
        assert raised.value.faults[0].retry_after == 3
        assert await batches.ask(questions(200)) == list(range(200))
        assert max(node.sizes[-2:]) <= 50, "fewer at once from now on"


async def test_the_next_endpoint_answers_a_whole_batch() -> None:
    dead, good = Node(), Node()
    dead.answer = [{"id": 0, "error": {"code": -32005, "message": "rate limit"}}, {"id": 1, "result": 1}]
    async with asking(dead, good) as batches:
        assert await batches.ask(questions(2)) == [0, 1]
    assert (dead.sizes, good.sizes) == ([2], [2])


async def test_of_an_optional_method_who_lacks_it_is_passed_over() -> None:
    poor, rich = Node(), Node()
    poor.answer = {"id": 0, "error": {"code": -32601, "message": "method not found"}}
    async with asking(poor, rich, optional=True) as batches:
        for _ in range(3):
            assert await batches.ask(questions(1)) == [0]
        assert batches._pool.host == batches._pool._endpoints[0].host, "nobody is left for that"
        assert not batches._pool._endpoints[0].why
    assert (len(poor.sizes), len(rich.sizes)) == (1, 3)


async def test_an_optional_method_that_never_answers_is_given_up() -> None:
    node = Node(said="x")
    node.answer = None
    async with asking(node, optional=True) as batches:
        [endpoint] = batches._pool._endpoints
        faults = [
            batches._pool._passed_over(endpoint, "trace_block", RpcFault(Kind.BROKEN, "h")) for _ in range(3)
        ]
        assert [fault.kind for fault in faults] == [Kind.BROKEN, Kind.BROKEN, Kind.UNSUPPORTED]
        with pytest.raises(NoEndpoint):
            await batches._pool.request("trace_block", [1], optional=True)
        assert node.sizes == [], "not asked again soon"


@settings(max_examples=60)
@given(st.lists(st.integers(), min_size=1, max_size=8), st.randoms())
def test_results_come_in_the_order_of_the_questions(values: list[int], chance) -> None:
    answers = [{"id": index, "result": value} for index, value in enumerate(values)]
    chance.shuffle(answers)
    assert results_of(json.dumps(answers).encode(), 200, "", "h", len(values)) == values


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ([], Kind.BATCH),
        ([{"id": 0, "result": 1}], Kind.BATCH),
        ([{"id": 0, "result": 1}, {"id": 0, "result": 2}], Kind.BATCH),
        ([{"id": 0, "result": 1}, 7], Kind.BATCH),
        ([{"id": 0, "result": 1}, {"id": 1}], Kind.BROKEN),
        ([{"id": 0, "result": 1}, {"id": 1, "error": {"code": 3, "message": "reverted"}}], Kind.REVERT),
        ([{"error": {"code": 31, "message": "batch of more than 3 requests"}}], Kind.BATCH),
        ({"result": 1}, Kind.BATCH),
        ({"error": {"code": -32005, "message": "too many requests"}}, Kind.RATE),
        ("nonsense", Kind.BATCH),
    ],
)
def test_what_is_wrong_with_an_answer(answer: Any, kind: Kind) -> None:
    with pytest.raises(RpcFault) as raised:
        results_of(json.dumps(answer).encode(), 200, "", "h", 2)
    assert raised.value.kind is kind


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_gateway_in_trouble_is_not_the_batchs_fault(status: int) -> None:
    with pytest.raises(RpcFault) as raised:
        results_of(b"<html>", status, "", "h", 2)
    assert raised.value.kind is Kind.BROKEN
