"""Proofs of reserve as exchanges publish them: each shape read, what is hostile, what is not taken."""

import asyncio
import io
import json
import zipfile

import aiohttp
import pytest
from aiohttp import web
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.labels import BY_HAND, DEFILLAMA, PROOF, Confidence, Label, LabelKind
from bot.domain.units import Address
from bot.errors import SourceError
from tests.watchers.flows.exchange import Exchanges
from watchers.flows import reserve_shapes, reserves
from watchers.flows.labels import load_labels
from watchers.flows.reserve_shapes import Found
from watchers.flows.reserves import URLS, Reserves

TODAY = "2026-11-30"
BUSD = "0x4Fabb145d64652a948d72533023f6E7A623C7C53"


def address(n: int) -> str:
    return to_checksum_address(f"0x{n:040x}")


def low(n: int) -> str:
    return address(n).lower()


BINANCE = json.dumps(
    {
        "code": "000000",
        "data": [
            {"coin": "ETH", "network": "ETH", "address": low(0xB1), "thirdPartyCustodianName": ""},
            {"coin": "USDT", "network": "ETH", "address": low(0xB1), "thirdPartyCustodianName": None},
            {"coin": "BNB", "network": "BSC", "address": low(0xB1)},
            {"coin": "ETH", "network": "ETH", "address": low(0xB2), "thirdPartyCustodianName": "Ceffu"},
            {"coin": "BUSD", "network": "ETH", "address": BUSD},
            {"coin": "BTC", "network": "BTC", "address": "34xp4vRoCGJym3xR7yCVPFHoCNxv4Twseo"},
            {"coin": "ETC", "network": "ETC", "address": low(0xB3)},
            {"network": 7, "address": ["0x"]},
            "no row",
        ],
    }
)
BITFINEX = f"""1Kr6QSydW9bFQG1mXiPNNu6WpJGmUa9i1g - BTC hot wallet
{low(0xF1)} - ETH/ERC20 hot wallet
{address(0xF2)} - ETH/ERC20 cold wallet
{address(0xF3)} - ETH/ERC20 (old) hot wallet
{low(0xF1)} - Polygon hot wallet
{low(0xF1)} - Avalanche (C-Chain) hot wallet
{address(0xF3)} - Avalanche (old) hot wallet
{low(0xF4)} - Tether USDt (Polygon) hot wallet
0xa08fd235db5de8023721b5f9b6e29c0ee5253982ccdd423a1cd9f682ae745821 - AION hot wallet
{low(0xF5)} - Ethereum Classic hot wallet
{low(0xF6)} - Ziliqa (ZIL) hot wallet
{low(0xF7)} - RBTC and RSK tokens (RIF) hot wallet
no line at all
"""
HTX = f"""coin,snapshot height,balance
ETH(ALL),-,114132.7736
USDT-ETH,18906508,51830941.43

coin,address,snapshot height,balance,message,signature
BTC,143gLvWYUojXaWZRrxquRKpVNTkhmr415B,823738,2144.542843,huobi,H5uV
HT-ETH,{low(0xA1)},18906508,41643923,huobi,0x25
ETH,{low(0xA2)},18906508,12019.63567,huobi,0x68
ETH,{low(0xA2)},-,-,htx,0xc9
BETH-Heco,{low(0xA3)},32380438,54275.2022,huobi,0x68
USDT-Avalanche C-Chain,{low(0xA4)},39759987,266375.6617,-,-
stETH,{low(0xA5)},18906508,45416.03073,huobi,0x68
USDT-TRC20,TK86Qm97uM848dMk8G7xNbJB7zG1uW3h1n,57801596,23426976.9,-,-
"""
BYBIT = f"""Coin,Height,Amount,Address
ETH(ALL),-,500000,{low(0xE9)}
ETH,21000000,400000,"{low(0xE1)}
{low(0xE2)}; {low(0xE3)}"
USDT(ERC20),21000000,1,{low(0xE4)}
BTC,800000,2,bc1qjysjfd9t9aspttpjqzv68k0ydpe7pvyd5vlyn37868473lell5tqkz456m
"""
OKX = f"""coin,amount
BTC,146359

coin,Type,Network,Snapshot Height,address,amount,message,signature1,signature2,redeem script,EOA1,EOA2
ETH,Non Staking,ETH,25876316,{low(0xC1)},10,I am an OKX address,0x07,,,,
USDT-ERC20,Non Staking,ETH,25876316,{low(0xC1)},10,I am an OKX address,0x07,,,,
ETH,Non Staking,ARBITRUM,25876316,{low(0xC1)},10,I am an OKX address,0x07,,,,
ETH,Native Staking,ETH,25876316,0x{"ab" * 48},32,I am an OKX address,0x07,,,,
ETH,Staking,ETH,25876316,{low(0xC2)},32,I am an OKX address,0x07,,,,
TRX,Non Staking,TRON,85840149,TL9szsuUPSBv6DUfqC64J88gaN7s26QJwq,1,I am an OKX address,,,,,
APT,Non Staking,APT,1,0x{"cd" * 32},1,I am an OKX address,,,,,
"""


def zipped(text: str, name: str = "okx_por_2026090800_V1.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return packed.getvalue()


def page(*rows: tuple[str, str]) -> str:
    wallets = {"X": [{"address": found, "network": network} for network, found in rows]} if rows else {}
    return json.dumps({"wallets": wallets})


BITSTAMP = "/www.bitstamp.net/api/v2/wallet_transparency/?perPage=100&page="
FILE = "/static.okx.com/cdn/okx/por/chain/por_csv_2026090800_V1.zip"


def all_answers() -> dict[str, object]:
    def path(exchange: str) -> str:
        return URLS[exchange].removeprefix("https:/")

    return {
        path("Binance"): BINANCE,
        path("Bitfinex"): BITFINEX,
        path("HTX"): HTX,
        path("Bybit").format(month="202610"): BYBIT,  # November's is not there yet
        path("OKX"): (
            '<a href="https:\\/\\/static.okx.com\\/cdn\\/okx\\/por\\/chain\\/por_csv_2026080700_V3.zip">'
            '<a href="https://static.okx.com/cdn/okx/por/chain/por_csv_2026090800_V1.zip">'
        ),
        FILE: zipped(OKX),
        BITSTAMP + "1": page(("ethereum", low(0xD1)), ("bitcoin", "3FAKE")),
        BITSTAMP + "2": page(("bitcoin", "bc1q")),  # none of ours, and yet not the last
        BITSTAMP + "3": page(("avalanche-c-chain", low(0xD2)), ("ethereum", low(0xD1))),
        BITSTAMP + "4": page(),
    }


@pytest.fixture
async def exchanges():
    async with Exchanges() as server:
        server.answers.update(all_answers())
        yield server


@pytest.fixture
async def ask(exchanges):
    async with aiohttp.ClientSession() as session:
        asking = Reserves(session, bases=exchanges.bases)

        async def refresh(*only, known=(), own=()):
            told = await asking.refresh(TODAY, known, own, only)
            return {one.exchange: one for one in told}

        yield refresh


def places(told):
    return {(one.chain_id, one.address, one.kind.value) for one in told.labels}


async def test_every_shape_is_read(ask):
    told = await ask()
    assert {one.failure for one in told.values()} == {""}
    assert places(told["Binance"]) == {(1, address(0xB1), "main"), (56, address(0xB1), "main")}
    assert dict(told["Binance"].left_out) == {"custodian": 1, "token": 1}
    assert places(told["Bitfinex"]) == {
        (1, address(0xF1), "hot"),
        (1, address(0xF2), "cold"),
        (1, address(0xF3), "hot"),
        (137, address(0xF1), "hot"),
        (43114, address(0xF1), "hot"),
        (43114, address(0xF3), "hot"),
        (137, address(0xF4), "hot"),
    }
    assert places(told["Bitstamp"]) == {(1, address(0xD1), "main"), (43114, address(0xD2), "main")}
    assert places(told["Bybit"]) == {(1, address(n), "main") for n in (0xE1, 0xE2, 0xE3, 0xE4)}
    assert places(told["HTX"]) == {
        (1, address(0xA1), "main"),
        (1, address(0xA2), "main"),
        (43114, address(0xA4), "main"),
    }
    assert places(told["OKX"]) == {
        (1, address(0xC1), "main"),
        (42161, address(0xC1), "main"),
        (1, address(0xC2), "staking"),
    }


async def test_a_label_says_where_it_is_from_and_of_when(ask):
    (told,) = (await ask("Bitfinex")).values()
    (cold,) = [one for one in told.labels if one.kind is LabelKind.COLD]
    assert cold == Label(
        1,
        Address(address(0xF2)),
        "Bitfinex",
        LabelKind.COLD,
        Confidence.SURE,
        (PROOF,),
        TODAY,
        "ETH/ERC20 cold wallet",
    )


async def test_some_can_be_asked_alone(ask, exchanges):
    assert set(await ask("HTX", "OKX")) == {"HTX", "OKX"}
    assert not [path for path in exchanges.asked if "binance" in path]


async def test_what_the_table_knows_of_a_kind_stays(ask):
    before = Label(
        1,
        Address(address(0xB1)),
        "Binance",
        LabelKind.STAKING,
        Confidence.LIKELY,
        (DEFILLAMA,),
        "2026-08",
        "b",
    )
    (told,) = (await ask("Binance", known=(before,))).values()
    (label,) = [one for one in told.labels if one.chain_id == 1]
    assert label.kind is LabelKind.STAKING  # or each withdrawal of stakers were an inflow
    assert (label.sources, label.seen, label.note) == ((PROOF, DEFILLAMA), TODAY, "b")
    assert label.confidence is Confidence.SURE


async def test_a_staking_address_is_none_of_the_hot_wallets_that_are_published(ask):
    told = (LabelKind.STAKING, Confidence.LIKELY, (DEFILLAMA,), "2026-08")
    before = Label(1, Address(address(0xF1)), "Bitfinex", *told)
    (now,) = (await ask("Bitfinex", known=(before,))).values()
    kinds = {one.chain_id: one.kind for one in now.labels if one.address == address(0xF1)}
    assert kinds == {1: LabelKind.STAKING, 137: LabelKind.HOT, 43114: LabelKind.HOT}


async def test_what_another_exchange_owns_is_told_and_not_taken(ask):
    other = Label(10, Address(address(0xB1)), "Kraken", LabelKind.HOT, Confidence.SURE, (PROOF,), "2023-01")
    (told,) = (await ask("Binance", known=(other,))).values()
    assert told.conflicts == ((address(0xB1), "Kraken"),)
    assert told.labels == ()


async def test_two_that_claim_the_same_do_not_both_get_it(ask, exchanges):
    exchanges.answers[URLS["HTX"].removeprefix("https:/")] = f"coin,address\nETH,{low(0xB1)}\n"
    told = await ask("Binance", "HTX")
    assert told["HTX"].conflicts == ((address(0xB1), "Binance"),)
    assert (told["HTX"].labels, told["HTX"].failure) == ((), "")


async def test_what_was_set_by_hand_stands(ask):
    own = Label(
        1, Address(address(0xB1)), "Binance", LabelKind.COLD, Confidence.SAID, (BY_HAND,), "2026-01-01"
    )
    (told,) = (await ask("Binance", own=(own,))).values()
    assert places(told) == {(56, address(0xB1), "main")}
    assert told.left_out["by_hand"] == 1


async def test_an_address_with_a_wrong_letter_is_left_out(ask, exchanges):
    wrong = "0xBE0eB53F46cd790Cd13851d5EFf43D12404d33e8"  # ends in E8
    exchanges.answers[URLS["HTX"].removeprefix("https:/")] = f"coin,address\nETH,{wrong}\nETH,{low(1)}\n"
    (told,) = (await ask("HTX")).values()
    assert places(told) == {(1, address(1), "main")}
    assert dict(told.left_out) == {"checksum": 1}


async def test_no_exchange_has_more_labels_than_it_may(ask, exchanges, monkeypatch):
    monkeypatch.setattr(reserves, "LABELS_MOST", 2)
    (told,) = (await ask("Bybit")).values()
    assert (len(told.labels), told.left_out["too_many"]) == (2, 2)


async def test_the_real_table_has_no_quarrel_with_itself(ask, exchanges):
    """What our table has as Binance's comes back as Binance's, with its kinds."""
    mine = [one for one in load_labels() if one.exchange == "Binance"]
    rows = [{"network": "ETH", "address": one.address.lower()} for one in mine if one.chain_id == 1]
    exchanges.answers[URLS["Binance"].removeprefix("https:/")] = json.dumps({"code": "000000", "data": rows})
    (told,) = (await ask("Binance", known=load_labels())).values()
    assert (told.failure, told.conflicts, dict(told.left_out)) == ("", (), {})
    assert {(one.address, one.kind) for one in told.labels} == {
        (one.address, one.kind) for one in mine if one.chain_id == 1
    }


# ---- what goes wrong is said of one exchange only --------------------------------------------------------


async def said(ask, exchanges, exchange, answer, at=None):
    exchanges.answers[at or URLS[exchange].removeprefix("https:/")] = answer
    told = await ask(exchange, "Bitfinex" if exchange != "Bitfinex" else "HTX")
    other = told["Bitfinex" if exchange != "Bitfinex" else "HTX"]
    assert not other.failure
    assert other.labels
    assert told[exchange].labels == ()
    return told[exchange].failure


@pytest.mark.parametrize(
    ("exchange", "answer", "failure"),
    [
        ("Binance", "<html>", "its answer is no JSON"),
        ("Binance", "[" * 100_000, "its answer is no JSON"),
        ("Binance", '{"code": "100001", "data": []}', "another shape"),
        ("Binance", '{"code": "000000", "data": {}}', "another shape"),
        ("Binance", '{"code": "000000", "data": []}', "nothing in it reads as"),
        ("Binance", b"\xff\xfe", "its answer is no JSON"),
        ("HTX", "404: gone", "nothing in it reads as"),
        ("HTX", "coin,address\n", "nothing in it reads as"),
        ("HTX", b"\x00\xff" * 1000, "nothing in it reads as"),
        ("OKX", "<html>no link</html>", "its page links no file of wallets"),
        (
            "OKX",
            "https://static.okx.com.evil.example/cdn/okx/por/chain/por_csv_2026090800_V1.zip",
            "links no",
        ),
    ],
)
async def test_an_answer_of_another_shape(ask, exchanges, exchange, answer, failure):
    assert failure in await said(ask, exchanges, exchange, answer)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"PK no zip", "its archive cannot be opened"),
        (zipped(OKX)[:-40], "its archive cannot be opened"),
        (zipped(OKX)[:60] + b"\x00" * 40 + zipped(OKX)[100:], "its archive cannot be opened"),
        (zipped("text", "readme.txt"), "its archive has no table"),
        (zipped("coin,amount\n"), "nothing in it reads as"),
    ],
    ids=["no zip", "cut off", "torn", "no table", "empty"],
)
async def test_an_archive_that_is_none(ask, exchanges, answer, failure):
    assert failure in await said(ask, exchanges, "OKX", answer, FILE)


async def test_a_bomb_is_not_unpacked(ask, exchanges, monkeypatch):
    monkeypatch.setattr(reserve_shapes, "EXPANDED_MOST", 3 * 2**20)
    assert "more than 3 MB" in await said(ask, exchanges, "OKX", zipped("0" * 2**23), FILE)


async def test_an_answer_without_end_is_cut_off(ask, exchanges, monkeypatch):
    monkeypatch.setattr(reserves, "ANSWER_MOST", 2**20)

    async def endless(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b" " * 2**16)
        except ConnectionError:
            return answer

    assert "www.binance.com sends more than 1 MB" in await said(ask, exchanges, "Binance", endless)


async def test_a_silent_host_is_not_waited_for(ask, exchanges, monkeypatch):
    monkeypatch.setattr(reserves, "TIMEOUT", aiohttp.ClientTimeout(total=0.2))

    async def silent(request):
        answer = web.StreamResponse()
        await answer.prepare(request)
        while (transport := request.transport) is not None and not transport.is_closing():
            await answer.write(b" ")
            await asyncio.sleep(0.05)
        return answer

    failure = await said(ask, exchanges, "Binance", silent)
    assert failure in ("www.binance.com gives no answer (TimeoutError)", "it takes too long")


@pytest.mark.parametrize("status", [403, 404, 429, 451, 500])
async def test_a_refusal(ask, exchanges, status):
    failure = await said(ask, exchanges, "Binance", web.Response(status=status))
    assert failure == f"www.binance.com answers {status}"


@pytest.mark.parametrize(
    ("to", "failure"),
    [
        ("https://evil.example/por", "to another host, where I do not go"),
        ("http://www.binance.com/por", "to another host, where I do not go"),
        ("//evil.example/por", "to another host, where I do not go"),
        ("file:///etc/passwd", "to another host, where I do not go"),
        ("/bapi/apex/v1/public/apex/market/por/address", "sends me in circles"),
    ],
)
async def test_nobody_leads_us_to_another_host(ask, exchanges, to, failure):
    async def away(_request):
        return web.Response(status=302, headers={"Location": to})

    assert failure in await said(ask, exchanges, "Binance", away)


async def test_a_move_within_the_host_is_followed(ask, exchanges):
    async def moved(_request):
        return web.Response(status=301, headers={"Location": "/new/por"})

    exchanges.answers[URLS["Binance"].removeprefix("https:/")] = moved
    exchanges.answers["/www.binance.com/new/por"] = BINANCE
    (told,) = (await ask("Binance")).values()
    assert len(told.labels) == 2


async def test_a_month_that_is_late_and_none_at_all(ask, exchanges):
    path = URLS["Bybit"].removeprefix("https:/")
    del exchanges.answers[path.format(month="202610")]
    exchanges.answers[path.format(month="202608")] = BYBIT
    assert len((await ask("Bybit"))["Bybit"].labels) == 4
    del exchanges.answers[path.format(month="202608")]
    assert "no file of the last 4 months" in (await ask("Bybit"))["Bybit"].failure
    assert [month for month in range(202601, 202613) if exchanges.asked[path.format(month=month)]] == [
        202608,
        202609,
        202610,
        202611,
    ]


async def test_pages_that_never_end_do(ask, exchanges):
    async def always_new(request):
        return web.Response(text=page(("ethereum", low(1000 + int(request.query["page"])))))

    for number in range(1, 200):
        exchanges.answers[f"{BITSTAMP}{number}"] = always_new
    (told,) = (await ask("Bitstamp")).values()
    assert len(told.labels) == reserves.PAGES_MOST


READERS = (
    reserve_shapes.binance,
    reserve_shapes.bitfinex,
    reserve_shapes.htx,
    reserve_shapes.bybit,
    reserve_shapes.okx,
    lambda body: reserve_shapes.bitstamp(reserve_shapes.bitstamp_rows(body)),
)
SEEDS = (
    BINANCE.encode(),
    BITFINEX.encode(),
    HTX.encode(),
    BYBIT.encode(),
    zipped(OKX),
    page(("eth", low(1))).encode(),
)


@pytest.mark.parametrize("which", range(len(READERS)))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_answer_breaks_a_reader(which, data):
    """Cut, torn and mixed up: a list of addresses or a SourceError, nothing else."""
    seed = bytearray(SEEDS[which])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(seed)))
        seed[at : at + data.draw(st.integers(0, 50))] = data.draw(st.binary(max_size=50))
    try:
        found = READERS[which](bytes(seed))
    except SourceError:
        return
    assert all(isinstance(one, Found) and len(one.address) == 42 and one.chain_id > 0 for one in found)
