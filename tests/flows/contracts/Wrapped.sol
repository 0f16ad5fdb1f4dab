// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Token} from 'lab/Token.sol';

/// The lab's WETH with what WETH9 has beyond a token: its code replaces the Token's, whose storage it shares.
contract Wrapped is Token {
  event Deposit(address indexed dst, uint256 wad);
  event Withdrawal(address indexed src, uint256 wad);

  constructor() Token('Wrapped Ether', 'WETH', 18) {}

  receive() external payable {
    deposit();
  }

  function deposit() public payable {
    balanceOf[msg.sender] += msg.value;
    emit Deposit(msg.sender, msg.value);
  }

  function withdraw(uint256 wad) external {
    balanceOf[msg.sender] -= wad;
    (bool done, ) = msg.sender.call{value: wad}('');
    require(done);
    emit Withdrawal(msg.sender, wad);
  }
}
