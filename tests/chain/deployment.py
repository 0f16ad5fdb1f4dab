"""Deploys a whole Aave market from the real contracts, in the order the protocol's own deployment follows.

What differs between v3.0.2 and v3.6 is in two classes with the same three steps; `deploy` does the rest.
"""

from typing import Any, Protocol

from tests.chain import toolchain
from tests.chain.abi import address, call_data, dynamic_call_data, ints, topic
from tests.chain.artifacts import creation_code
from tests.chain.assets import ASSETS, Asset
from tests.chain.market import Market
from tests.chain.node import Anvil
from tests.chain.parts import BANK, MULTICALL3, OWNER, ZERO, Receipt, Reserve, RevertedError, Tx

RAY_PER_BPS = 10**23
# Dollars of each asset that the bank supplies: deep enough that no borrower of a test meets the bottom.
_LIQUIDITY = 200_000_000


class Deployer:
    """Sends the owner's transactions and remembers what they made."""

    def __init__(self, anvil: Anvil, version: str) -> None:
        self.anvil = anvil
        self.version = version
        self.market = Market(anvil, version, "", "", "", "", "", "", {}, {})

    def create(
        self,
        name: str,
        types: list[str] | None = None,
        arguments: list[Any] | None = None,
        libraries: dict[str, str] | None = None,
        version: str = "",
    ) -> str:
        code = creation_code(version or self.version, name, types or [], arguments or [], libraries)
        fields = {"from": OWNER, "data": code, "gas": hex(15_000_000), "gasPrice": hex(10**11)}
        receipt = self.anvil.mined(fields)
        if receipt["status"] != "0x1":
            raise RevertedError(f"constructor of {name}")
        made: str = receipt["contractAddress"]
        return made

    def do(self, to: str, signature: str, *arguments: int | str) -> Receipt:
        return self.market.send(Tx(OWNER, to, call_data(signature, *arguments), signature))

    def do_dynamic(self, to: str, name: str, types: list[str], arguments: list[Any]) -> Receipt:
        return self.market.send(Tx(OWNER, to, dynamic_call_data(name, types, arguments), name))

    def read(self, to: str, signature: str, *arguments: int | str) -> str:
        return address(ints(self.market.call(to, call_data(signature, *arguments)))[0])


class Version(Protocol):
    """The three steps in which the two versions differ."""

    deployer: Deployer

    def implementations(self, provider: str) -> tuple[str, str]:
        """(Pool, PoolConfigurator) implementations with their libraries."""
        ...

    def list_reserve(self, configurator: str, pool: str, asset: Asset, token: str) -> Receipt:
        """initReserve and what only this version configures; returns the receipt with ReserveInitialized."""
        ...

    def emodes(self, configurator: str, reserves: dict[str, Reserve], oracle: str) -> dict[str, str]:
        """Create the categories; returns the settable price sources they have of their own."""
        ...


def deploy(anvil: Anvil, version: str = "3.6") -> Market:
    """A market of `assets.ASSETS` with liquidity, and Multicall3 at its canonical address; about 1 s.

    `version` is "3.0.2" (POOL_REVISION 1) or "3.6" (POOL_REVISION 10).
    """
    from tests.chain.v36 import V36
    from tests.chain.v302 import V302

    deployer = Deployer(anvil, version)
    kind: Version = V302(deployer) if version == "3.0.2" else V36(deployer)
    anvil.rpc("anvil_setCode", MULTICALL3, "0x" + toolchain.MULTICALL3.read_text())
    core = _core(deployer, kind)
    reserves = {
        asset.symbol: _reserve(deployer, kind, core, number, asset) for number, asset in enumerate(ASSETS)
    }
    sources = kind.emodes(core["configurator"], reserves, core["oracle"])
    market = Market(anvil, version, **core, reserves=reserves, emode_sources=sources)
    for asset in ASSETS:
        market.supply(BANK, asset.symbol, market.amount(asset.symbol, _LIQUIDITY))
    return market


def _core(deployer: Deployer, kind: Version) -> dict[str, str]:
    provider = deployer.create("PoolAddressesProvider", ["string", "address"], ["Underkeel lab", OWNER])
    deployer.do(provider, "setACLAdmin(address)", OWNER)
    acl = deployer.create("ACLManager", ["address"], [provider])
    deployer.do(provider, "setACLManager(address)", acl)
    deployer.do(acl, "addPoolAdmin(address)", OWNER)
    pool_code, configurator_code = kind.implementations(provider)
    deployer.do(provider, "setPoolImpl(address)", pool_code)
    deployer.do(provider, "setPoolConfiguratorImpl(address)", configurator_code)
    pool = deployer.read(provider, "getPool()")
    oracle = deployer.create(
        "AaveOracle",
        ["address", "address[]", "address[]", "address", "address", "uint256"],
        [provider, [], [], ZERO, ZERO, 10**8],
    )
    deployer.do(provider, "setPriceOracle(address)", oracle)
    data_provider = deployer.create("AaveProtocolDataProvider", ["address"], [provider])
    deployer.do(provider, "setPoolDataProvider(address)", data_provider)
    configurator = deployer.read(provider, "getPoolConfigurator()")
    return {
        "provider": provider,
        "pool": pool,
        "configurator": configurator,
        "oracle": oracle,
        "data_provider": data_provider,
        "acl": acl,
    }


def _reserve(deployer: Deployer, kind: Version, core: dict[str, str], number: int, asset: Asset) -> Reserve:
    token = deployer.create(
        "Token",
        ["string", "string", "uint8"],
        [f"Lab {asset.symbol}", asset.symbol, asset.decimals],
        version="lab",
    )
    source = add_source(deployer, core["oracle"], token, asset.price)
    receipt = kind.list_reserve(core["configurator"], core["pool"], asset, token)
    _configure(deployer, core["configurator"], asset, token)
    atoken, stoken, vtoken = _tokens(receipt)
    return Reserve(asset.symbol, number, token, asset.decimals, atoken, vtoken, stoken, source)


def add_source(deployer: Deployer, oracle: str, key: str, price: int) -> str:
    """A settable price feed of `key` in the oracle."""
    source = deployer.create("PriceSource", ["int256"], [price], version="lab")
    deployer.do_dynamic(oracle, "setAssetSources", ["address[]", "address[]"], [[key], [source]])
    return source


def _configure(deployer: Deployer, configurator: str, asset: Asset, token: str) -> None:
    """Before anyone supplies: a debt ceiling or a collateral setting is refused afterwards."""
    deployer.do(configurator, "setReserveBorrowing(address,bool)", token, asset.symbol != "PT")
    deployer.do(configurator, "setReserveFactor(address,uint256)", token, asset.reserve_factor)
    deployer.do(configurator, "setLiquidationProtocolFee(address,uint256)", token, 1000)
    deployer.do(configurator, "setBorrowableInIsolation(address,bool)", token, asset.in_isolation)
    if asset.threshold:
        collateral = "configureReserveAsCollateral(address,uint256,uint256,uint256)"
        deployer.do(configurator, collateral, token, asset.ltv, asset.threshold, asset.bonus)
    if asset.ceiling:
        deployer.do(configurator, "setDebtCeiling(address,uint256)", token, asset.ceiling)
    if asset.siloed:
        deployer.do(configurator, "setSiloedBorrowing(address,bool)", token, True)


def _tokens(receipt: Receipt) -> tuple[str, str | None, str]:
    """(aToken, stable debt token or None, variable debt token) out of ReserveInitialized."""
    wanted = topic("ReserveInitialized(address,address,address,address,address)")
    log = next(log for log in receipt["logs"] if log["topics"][0] == wanted)
    stable, variable, _strategy = ints(log["data"])
    return address(int(log["topics"][2], 16)), address(stable) if stable else None, address(variable)
