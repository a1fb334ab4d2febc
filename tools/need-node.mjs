// Loaded before every TypeScript program of this repository (node --import): an old Node fails on the first `.ts` file with
// "Unknown file extension", which tells a newcomer nothing.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

// 22.18 is the first release that runs TypeScript without a flag.
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `HAI Chain needs Node 22.18 or newer; this is ${process.version} (${process.execPath}).\n` +
      'On Linux, npm ci brings Node 24 along as an optional dependency: start through npm (npm test, npm run demo), and\n' +
      'do not install with --omit=optional. On macOS and Windows install Node 24 from https://nodejs.org.',
  );
  process.exit(1);
}
