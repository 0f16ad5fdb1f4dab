"""Selectors and event topics of Aave v3 as hex digits, so that no hash is computed at start.

A test derives each from the signature in its comment (the text before the colon).
"""

from typing import Final

# PoolAddressesProvider
GET_POOL: Final = "026b1d5f"  # getPool()
GET_CONFIGURATOR: Final = "631adfca"  # getPoolConfigurator()
GET_ORACLE: Final = "fca513a8"  # getPriceOracle()
# AaveOracle
BASE_CURRENCY_UNIT: Final = "8c89b64f"  # BASE_CURRENCY_UNIT()
GET_PRICE: Final = "b3596f07"  # getAssetPrice(address)
# Pool
POOL_REVISION: Final = "0148170e"  # POOL_REVISION()
GET_RESERVES: Final = "d1946dbc"  # getReservesList()
GET_RESERVE: Final = "35ea6a75"  # getReserveData(address)
GET_USER_CONFIGURATION: Final = "4417a583"  # getUserConfiguration(address)
GET_USER_EMODE: Final = "eddf1b79"  # getUserEMode(address)
GET_ACCOUNT_DATA: Final = "bf92857c"  # getUserAccountData(address)
GET_EMODE: Final = "6c6f6ae1"  # getEModeCategoryData(uint8)
GET_EMODE_COLLATERAL: Final = "b286f467"  # getEModeCategoryCollateralConfig(uint8)
GET_EMODE_LABEL: Final = "2083e183"  # getEModeCategoryLabel(uint8)
GET_EMODE_COLLATERAL_BITMAP: Final = "b0771dba"  # getEModeCategoryCollateralBitmap(uint8)
GET_EMODE_BORROWABLE_BITMAP: Final = "903a2c71"  # getEModeCategoryBorrowableBitmap(uint8)
GET_EMODE_LTVZERO_BITMAP: Final = "fd89dee5"  # getEModeCategoryLtvzeroBitmap(uint8)
GET_EMODE_ISOLATED: Final = "05f68acb"  # getIsEModeCategoryIsolated(uint8)
GET_VIRTUAL_BALANCE: Final = "6fb07f96"  # getVirtualUnderlyingBalance(address)
# tokens
BALANCE: Final = "70a08231"  # balanceOf(address)
SCALED_SUPPLY: Final = "b1bf962d"  # scaledTotalSupply()
SYMBOL: Final = "95d89b41"  # symbol()
SCALED_BALANCE: Final = "1da24f3e"  # scaledBalanceOf(address)
STABLE_PRINCIPAL: Final = "c634dfaa"  # principalBalanceOf(address)
STABLE_RATE: Final = "e78c9b3b"  # getUserStableRate(address)
STABLE_SINCE: Final = "79ce6b8c"  # getUserLastUpdated(address)
STABLE_SUPPLY: Final = "79774338"  # getSupplyData()

RESERVE_WORDS: Final = 15
"""Words of getReserveData's answer (DataTypes.ReserveData, ReserveDataLegacy from 3.2 on)."""
ACCOUNT_WORDS: Final = 6

# Supply(address,address,address,uint256,uint16) :
SUPPLY: Final = 0x2B627736BCA15CD5381DCF80B0BF11FD197D01A037C52B927A881A10FB73BA61
# Withdraw(address,address,address,uint256) :
WITHDRAW: Final = 0x3115D1449A7B732C986CBA18244E897A450F61E1BB8D589CD2E69E6C8924F9F7
# Borrow(address,address,address,uint256,uint8,uint256,uint16) :
BORROW: Final = 0xB3D084820FB1A9DECFFB176436BD02558D15FAC9B0DDFED8C465BC7359D7DCE0
# Repay(address,address,address,uint256,bool) :
REPAY: Final = 0xA534C8DBE71F871F9F3530E97A74601FEA17B426CAE02E1C5AEE42C96C784051
# LiquidationCall(address,address,address,uint256,uint256,address,bool) :
LIQUIDATION: Final = 0xE413A321E8681D831F4DBCCBCA790D2952B56F977908E45BE37335533E005286
# ReserveUsedAsCollateralEnabled(address,address) :
COLLATERAL_ON: Final = 0x00058A56EA94653CDF4F152D227ACE22D4C00AD99E2A43F58CB7D9E3FEB295F2
# ReserveUsedAsCollateralDisabled(address,address) :
COLLATERAL_OFF: Final = 0x44C58D81365B66DD4B1A7F36C25AA97B8C71C361EE4937ADC1A00000227DB5DD
# UserEModeSet(address,uint8) :
EMODE_SET: Final = 0xD728DA875FC88944CBF17638BCBE4AF0EEDAEF63BECD1D1C57CC097EB4608D84
# BalanceTransfer(address,address,uint256,uint256) :
BALANCE_TRANSFER: Final = 0x4BECCB90F994C31ACED7A23B5611020728A23D8EC5CDDD1A3E9D97B96FDA8666

MOVES: Final = (
    SUPPLY,
    WITHDRAW,
    BORROW,
    REPAY,
    LIQUIDATION,
    COLLATERAL_ON,
    COLLATERAL_OFF,
    EMODE_SET,
    BALANCE_TRANSFER,
)
"""Events that tell what an account did; enough for a long gap, after which accounts are read anew anyway."""
