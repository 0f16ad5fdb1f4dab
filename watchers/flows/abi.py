"""Topics of the events that tell of coins on the move, beside those of `watchers.aave.abi`.

A test derives each from the signature in its comment (the text before the colon).
"""

from typing import Final

from watchers.aave import abi

# Transfer(address,address,uint256) :
TRANSFER: Final = 0xDDF252AD1BE2C89B69C2B068FC378DAA952BA7F163C4A11628F55A4DF523B3EF
# Deposit(address,uint256) :
DEPOSIT: Final = 0xE1FFFCC4923D04B559F4D29A8BFC6CDA04EB5B0D3C460751C2402C5C5CC9109C
# Withdrawal(address,uint256) :
WITHDRAWAL: Final = 0x7FCF532C15F0A6DB0BD6D0E038BEA71D30D808C7D98CB3BF7268A95BF5081B65

EVENTS: Final = tuple(
    f"0x{topic:064x}"
    for topic in (
        TRANSFER,
        DEPOSIT,
        WITHDRAWAL,
        abi.SUPPLY,
        abi.WITHDRAW,
        abi.BORROW,
        abi.REPAY,
        abi.LIQUIDATION,
    )
)
"""What is asked of every tracked contract at once."""
