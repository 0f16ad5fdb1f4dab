"""ENS against a registry on a real node: forward, backward, wildcards, and who must not be believed."""

import pytest
from eth_abi.abi import encode as abi_encode

from bot.errors import SourceError
from tests.chain.answer_book import AnswerBook
from tests.chain.lab import Lab
from tests.watchers.recorder import open_eyes
from watchers.evm.ens import OffChain, dns_encoded, namehash
from watchers.evm.words import checksummed

pytestmark = pytest.mark.chain

REGISTRY = "0x000000000000000000000000000000000000E115"
RESOLVER = "0x0000000000000000000000000000000000009e50"
GATEWAY = "0x0000000000000000000000000000000000009e51"
ANNA = checksummed("0x000000000000000000000000000000000000a44a")


def asked(signature: str, *arguments: bytes) -> bytes:
    from tests.chain.abi import selector

    return bytes.fromhex(selector(signature)[2:]) + b"".join(arguments)


class Names:
    """Writes names into a registry and a resolver that are answer books."""

    def __init__(self, lab: Lab) -> None:
        self.registry = AnswerBook(lab.anvil, REGISTRY)
        self.resolver = AnswerBook(lab.anvil, RESOLVER)
        self.gateway = AnswerBook(lab.anvil, GATEWAY, refusing=True)

    def resolver_of(self, name: str, resolver: str = RESOLVER) -> None:
        self.registry.put(asked("resolver(bytes32)", namehash(name)), abi_encode(["address"], [resolver]))

    def forward(self, name: str, address: str) -> None:
        self.resolver_of(name)
        self.resolver.put(asked("addr(bytes32)", namehash(name)), abi_encode(["address"], [address]))

    def reverse(self, address: str, name: str) -> None:
        node = f"{address[2:].lower()}.addr.reverse"
        self.resolver_of(node)
        self.resolver.put(asked("name(bytes32)", namehash(node)), abi_encode(["string"], [name]))


async def test_a_name_resolves_in_any_spelling_that_is_the_same(lab_v36: Lab) -> None:
    names = Names(lab_v36)
    names.forward("anna.eth", ANNA)
    names.forward("naïve.eth", ANNA)
    async with open_eyes(lab_v36, registry=REGISTRY) as eyes:
        assert await eyes.names.resolve("anna.eth") == ANNA
        assert await eyes.names.resolve("ANNA.eth") == ANNA
        assert await eyes.names.resolve("nai\u0308ve.eth") == ANNA
        for nothing in ("bert.eth", "", "anna..eth", "an na.eth", "a" * 300 + ".eth", "x\u202ey.eth"):
            assert await eyes.names.resolve(nothing) is None


async def test_an_address_has_a_name_only_if_the_name_agrees(lab_v36: Lab) -> None:
    names = Names(lab_v36)
    async with open_eyes(lab_v36, registry=REGISTRY) as eyes:
        assert await eyes.names.name_of(ANNA) == ""
        names.reverse(ANNA, "anna.eth")
        lab_v36.anvil.mine()
        await only(eyes).poll()
        assert await eyes.names.name_of(ANNA) == "", "claimed, not confirmed"
        names.forward("anna.eth", RESOLVER)
        lab_v36.anvil.mine()
        await only(eyes).poll()
        assert await eyes.names.name_of(ANNA) == "", "points at someone else"
        names.forward("anna.eth", ANNA)
        lab_v36.anvil.mine()
        await only(eyes).poll()
        assert await eyes.names.name_of(ANNA) == "anna.eth"
        names.forward("anna.eth\u200b", ANNA)
        names.reverse(ANNA, "Anna.eth")
        lab_v36.anvil.mine()
        await only(eyes).poll()
        assert await eyes.names.name_of(ANNA) == "", "not in its only spelling"


async def test_wildcards_and_names_kept_off_the_chain(lab_v36: Lab) -> None:
    names = Names(lab_v36)
    names.resolver_of("many.eth")
    inner = asked("addr(bytes32)", namehash("one.many.eth"))
    arguments = abi_encode(["bytes", "bytes"], [dns_encoded("one.many.eth"), inner])
    answer = abi_encode(["bytes"], [abi_encode(["address"], [ANNA])])
    names.resolver.put(asked("resolve(bytes,bytes)") + arguments, answer)
    names.resolver_of("far.eth", GATEWAY)
    lookup = asked("OffchainLookup(address,string[],bytes,bytes4,bytes)") + bytes(64)
    names.gateway.put(asked("addr(bytes32)", namehash("far.eth")), lookup)
    async with open_eyes(lab_v36, registry=REGISTRY) as eyes:
        assert await eyes.names.resolve("one.many.eth") == ANNA
        assert await eyes.names.resolve("two.many.eth") is None
        with pytest.raises(OffChain, match=r"far\.eth is kept off the chain"):
            await eyes.names.resolve("far.eth")


async def test_without_a_registry_there_are_no_names(lab_v36: Lab) -> None:
    async with open_eyes(lab_v36) as eyes:
        with pytest.raises(SourceError, match="names need Ethereum"):
            await eyes.names.resolve("anna.eth")
        assert await eyes.names.name_of(ANNA) == ""


def only(eyes):
    return eyes._chains[0].heads
