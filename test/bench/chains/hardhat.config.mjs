/** `hardhat node` as the bench runs it: a block a second, and no block full before the machine is. */
export default {
  networks: {
    node: {
      type: 'edr-simulated',
      chainId: 31337,
      blockGasLimit: 3_000_000_000n,
      mining: { auto: false, interval: 1000 },
      loggingEnabled: false,
    },
  },
};
