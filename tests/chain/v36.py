"""How Aave v3.6 is deployed: one rate strategy for all reserves, eModes as bitmaps, no stable debt."""

from eth_abi.abi import encode as abi_encode

from tests.chain.abi import call_data, ints
from tests.chain.assets import EMODES_36, Asset
from tests.chain.deployment import Deployer
from tests.chain.parts import TREASURY, ZERO, Receipt, Reserve, Tx

_INIT = "(address,address,address,string,string,string,string,bytes,bytes)"
# v3.6 lists no token of fewer decimals, yet markets that were upgraded have some (EURS has 2).
_LEAST_DECIMALS = 6
_DECIMALS_SHIFT = 48


class V36:
    """The steps of `deployment.Version` for v3.6."""

    def __init__(self, deployer: Deployer) -> None:
        self.deployer = deployer
        self._token_codes: tuple[str, str] | None = None

    def implementations(self, provider: str) -> tuple[str, str]:
        create = self.deployer.create
        names = ("BorrowLogic", "LiquidationLogic", "PoolLogic", "SupplyLogic")
        libraries = {name: create(name) for name in names}
        libraries["FlashLoanLogic"] = create("FlashLoanLogic", libraries=libraries)
        strategy = create("DefaultReserveInterestRateStrategyV2", ["address"], [provider])
        pool = create("PoolInstance", ["address", "address"], [provider, strategy], libraries)
        logic = {"ConfiguratorLogic": create("ConfiguratorLogic")}
        return pool, create("PoolConfiguratorInstance", libraries=logic)

    def list_reserve(self, configurator: str, pool: str, asset: Asset, token: str) -> Receipt:
        if self._token_codes is None:
            atoken = self.deployer.create("ATokenInstance", ["address"] * 3, [pool, ZERO, TREASURY])
            debt = self.deployer.create("VariableDebtTokenInstance", ["address"] * 2, [pool, ZERO])
            self._token_codes = atoken, debt
        rates = (8000, asset.base_rate, asset.slope1, asset.slope2)
        rate_data = abi_encode(["(uint16,uint32,uint32,uint32)"], [rates])
        symbol = asset.symbol
        names = (f"Lab a{symbol}", f"a{symbol}", f"Lab v{symbol}", f"v{symbol}")
        few = asset.decimals < _LEAST_DECIMALS
        if few:
            self.deployer.do(token, "setDecimals(uint8)", _LEAST_DECIMALS)
        fields = (*self._token_codes, token, *names, b"", rate_data)
        receipt = self.deployer.do_dynamic(configurator, "initReserves", [f"{_INIT}[]"], [[fields]])
        if few:
            self.deployer.do(token, "setDecimals(uint8)", asset.decimals)
            self._force_decimals(configurator, pool, token, asset.decimals)
        return receipt

    def _force_decimals(self, configurator: str, pool: str, token: str, decimals: int) -> None:
        """Write the decimals into the reserve's configuration, as the configurator once allowed."""
        market = self.deployer.market
        data = ints(market.call(pool, call_data("getConfiguration(address)", token)))[0]
        data = data & ~(0xFF << _DECIMALS_SHIFT) | decimals << _DECIMALS_SHIFT
        market.send(Tx(configurator, pool, call_data("setConfiguration(address,(uint256))", token, data)))

    def emodes(self, configurator: str, reserves: dict[str, Reserve], oracle: str) -> dict[str, str]:
        types = ["uint8", "uint16", "uint16", "uint16", "string"]
        for mode in EMODES_36:
            fields = [mode.category, mode.ltv, mode.threshold, mode.bonus, mode.label]
            self.deployer.do_dynamic(configurator, "setEModeCategory", types, fields)
            # An ltvzero bit is refused unless the collateral bit is there before it.
            kinds = (
                ("Collateral", mode.collateral),
                ("Borrowable", mode.borrowable),
                ("Ltvzero", mode.ltvzero),
            )
            for kind, symbols in kinds:
                for symbol in symbols:
                    signature = f"setAsset{kind}InEMode(address,uint8,bool)"
                    self.deployer.do(configurator, signature, reserves[symbol].address, mode.category, True)
        return {}
