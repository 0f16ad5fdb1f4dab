// Compiles contracts and writes {name: {abi, bytecode, links}} as JSON; called by tests/chain/toolchain.py.
// Usage: node compile.js NODE_MODULES OUR_CONTRACTS OUTPUT ROOT...
// A ROOT is `lab/X.sol` (ours) or a path below the origin package's contracts.
'use strict';
const fs = require('fs');
const path = require('path');

const [modules, ours, output, ...roots] = process.argv.slice(2);
const solc = require(path.join(modules, 'solc'));
const origin = '@aave-dao/aave-v3-origin/src/contracts/';

// The sources import OpenZeppelin by the name Foundry gives it; npm keeps it under its scope, one folder shorter.
const read = (name) => {
  const file = name.startsWith('lab/')
    ? path.join(ours, name.slice('lab/'.length))
    : path.join(modules, name.replace(/^openzeppelin-contracts\/contracts\//, '@openzeppelin/contracts/'));
  return fs.readFileSync(file, 'utf8');
};
const importer = (name) => {
  try {
    return { contents: read(name) };
  } catch (error) {
    return { error: String(error) };
  }
};

const names = roots.map((root) => (root.startsWith('lab/') ? root : origin + root));
const input = {
  language: 'Solidity',
  sources: Object.fromEntries(names.map((name) => [name, { content: read(name) }])),
  settings: {
    evmVersion: 'shanghai',
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.bytecode.linkReferences'] } },
  },
};
const answer = JSON.parse(solc.compile(JSON.stringify(input), { import: importer }));
const errors = (answer.errors || []).filter((e) => e.severity === 'error');
if (errors.length) {
  console.error(errors.map((e) => e.formattedMessage).join('\n'));
  process.exit(1);
}
const built = {};
for (const name of names) {
  for (const [contract, { abi, evm }] of Object.entries(answer.contracts[name])) {
    const links = Object.assign({}, ...Object.values(evm.bytecode.linkReferences));
    built[contract] = { abi, bytecode: evm.bytecode.object, links };
  }
}
fs.writeFileSync(output, JSON.stringify(built));
