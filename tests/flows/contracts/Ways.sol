// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

interface IWay {
  function transfer(address to, uint256 value) external returns (bool);
  function transferFrom(address from, address to, uint256 value) external returns (bool);
  function withdraw(uint256 wad) external;
}

/// Contracts between people and exchanges. None keeps anything of what it passes on.
contract Ways {
  receive() external payable {}

  /// The chain's coin, passed on within the transaction.
  function forward(address to) external payable {
    _pay(to, msg.value);
  }

  /// The chain's coin, half of it (rounded down) to the first, what is left to the second.
  function split(address first, address second) external payable {
    _pay(first, msg.value / 2);
    _pay(second, msg.value - msg.value / 2);
  }

  /// A token, taken from the caller and passed on.
  function pass(address token, uint256 amount, address to) external {
    IWay(token).transferFrom(msg.sender, address(this), amount);
    IWay(token).transfer(to, amount);
  }

  /// Wrapped coins, taken from the caller, unwrapped and sent on.
  function unwrap(address wrapped, uint256 amount, address to) external {
    IWay(wrapped).transferFrom(msg.sender, address(this), amount);
    IWay(wrapped).withdraw(amount);
    _pay(to, amount);
  }

  /// One token for another, at the caller's own price.
  function swap(address sold, uint256 amount, address bought, uint256 got) external payable {
    if (amount > 0) IWay(sold).transferFrom(msg.sender, address(this), amount);
    if (bought == address(0)) _pay(msg.sender, got);
    else IWay(bought).transfer(msg.sender, got);
  }

  /// What a bridge does when it has collected: all that it holds goes to one place.
  function flush(address to, uint256 amount) external {
    _pay(to, amount);
  }

  /// The inner call pays and then fails, the outer one goes on: nothing has moved.
  function stumble(address to) external payable {
    try this.payAndFail{value: msg.value}(to) {} catch {}
    _pay(msg.sender, msg.value);
  }

  function payAndFail(address to) external payable {
    _pay(to, msg.value);
    revert('no');
  }

  function _pay(address to, uint256 amount) private {
    (bool done, ) = to.call{value: amount}('');
    require(done);
  }
}

/// A token that lies: it has any name, and its Transfer logs say whatever its caller wants.
contract Liar {
  string public name;
  string public symbol;
  uint8 public decimals;
  event Transfer(address indexed from, address indexed to, uint256 value);

  constructor(string memory name_, string memory symbol_, uint8 decimals_) {
    name = name_;
    symbol = symbol_;
    decimals = decimals_;
  }

  function claim(address from, address to, uint256 value) external {
    emit Transfer(from, to, value);
  }

  /// Part of what is sent goes to nobody, as tokens with a fee have it.
  function taxed(address to, uint256 value) external {
    emit Transfer(msg.sender, to, value - value / 20);
    emit Transfer(msg.sender, address(0), value / 20);
  }

  /// All balances grow at once, as rebasing tokens have it.
  function rebase(address to, uint256 value) external {
    emit Transfer(address(0), to, value);
  }
}
