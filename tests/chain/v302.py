"""How Aave v3.0.2 is deployed: stable debt, one rate strategy a reserve, at most one eMode an asset."""

from tests.chain.assets import ASSETS, EMODE_PRICE_302, EMODES_302, Asset
from tests.chain.deployment import RAY_PER_BPS, Deployer, add_source
from tests.chain.parts import TREASURY, ZERO, Receipt, Reserve

_INIT = f"(address,address,address,uint8{',address' * 4}{',string' * 6},bytes)"
# The oracle's key for the price an eMode category imposes; it is no token.
_EMODE_PRICE_KEY = "0x000000000000000000000000000000000000E302"


class V302:
    """The steps of `deployment.Version` for v3.0.2."""

    def __init__(self, deployer: Deployer) -> None:
        self.deployer = deployer
        self._provider = ""
        self._token_codes: tuple[str, str, str] | None = None

    def implementations(self, provider: str) -> tuple[str, str]:
        create = self.deployer.create
        self._provider = provider
        names = ("BorrowLogic", "BridgeLogic", "EModeLogic", "LiquidationLogic", "PoolLogic", "SupplyLogic")
        libraries = {name: create(name) for name in names}
        libraries["FlashLoanLogic"] = create("FlashLoanLogic", libraries=libraries)
        pool = create("Pool", ["address"], [provider], libraries)
        configurator = create(
            "PoolConfigurator", libraries={"ConfiguratorLogic": create("ConfiguratorLogic")}
        )
        return pool, configurator

    def list_reserve(self, configurator: str, pool: str, asset: Asset, token: str) -> Receipt:
        if self._token_codes is None:
            codes = ("AToken", "StableDebtToken", "VariableDebtToken")
            a, s, v = (self.deployer.create(name, ["address"], [pool]) for name in codes)
            self._token_codes = a, s, v
        symbol = asset.symbol
        names = [
            f"Lab a{symbol}",
            f"a{symbol}",
            f"Lab v{symbol}",
            f"v{symbol}",
            f"Lab s{symbol}",
            f"s{symbol}",
        ]
        fields = (
            *self._token_codes,
            asset.decimals,
            self._strategy(asset),
            token,
            TREASURY,
            ZERO,
            *names,
            b"",
        )
        receipt = self.deployer.do_dynamic(configurator, "initReserves", [f"{_INIT}[]"], [[fields]])
        if asset.stable_rate:
            self.deployer.do(configurator, "setReserveBorrowing(address,bool)", token, True)
            self.deployer.do(configurator, "setReserveStableRateBorrowing(address,bool)", token, True)
        return receipt

    def _strategy(self, asset: Asset) -> str:
        variable = (8000, asset.base_rate, asset.slope1, asset.slope2)
        stable = (asset.slope1 // 2, 6000, 100, 800, 2000)
        rays = [bps * RAY_PER_BPS for bps in (*variable, *stable)]
        types = ["address", *["uint256"] * len(rays)]
        return self.deployer.create("DefaultReserveInterestRateStrategy", types, [self._provider, *rays])

    def emodes(self, configurator: str, reserves: dict[str, Reserve], oracle: str) -> dict[str, str]:
        name, priced, price = EMODE_PRICE_302
        source = add_source(self.deployer, oracle, _EMODE_PRICE_KEY, price)
        types = ["uint8", "uint16", "uint16", "uint16", "address", "string"]
        for mode in EMODES_302:
            key = _EMODE_PRICE_KEY if mode.category == priced else ZERO
            fields = [mode.category, mode.ltv, mode.threshold, mode.bonus, key, mode.label]
            self.deployer.do_dynamic(configurator, "setEModeCategory", types, fields)
        for asset in ASSETS:
            if asset.emode_302:
                token = reserves[asset.symbol].address
                self.deployer.do(configurator, "setAssetEModeCategory(address,uint8)", token, asset.emode_302)
        return {name: source}
