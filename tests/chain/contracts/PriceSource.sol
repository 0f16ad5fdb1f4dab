// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// A price feed whose answer a test sets; it has the three readings that AaveOracle and the bot ask of a feed.
contract PriceSource {
  int256 public latestAnswer;
  uint80 public round;
  uint256 public updatedAt;
  uint8 public constant decimals = 8;

  event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

  constructor(int256 answer) {
    set(answer);
  }

  function set(int256 answer) public {
    latestAnswer = answer;
    round += 1;
    updatedAt = block.timestamp;
    emit AnswerUpdated(answer, round, block.timestamp);
  }

  function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
    return (round, latestAnswer, updatedAt, updatedAt, round);
  }
}
