/**
 * Writes swap-eip712.json: claims and releases of the ERC20 swap as EIP-712 typed data, with the hashes on the way to the digest and
 * a signature. All hashes and signatures are those of ethers (MIT), from which nothing of ours is asked; keys are fixed and worthless.
 *
 * node test/vectors/make-swap-eip712.ts
 */
import { writeFileSync } from 'node:fs';
import { id, type TypedDataDomain, TypedDataEncoder, type TypedDataField, version, Wallet } from 'ethers';

type Types = Record<string, TypedDataField[]>;

const CLAIM: Types = {
  Claim: [
    { name: 'network', type: 'bytes32' },
    { name: 'set', type: 'bytes32' },
    { name: 'index', type: 'uint256' },
    { name: 'amount', type: 'uint256' },
    { name: 'recipient', type: 'string' },
    { name: 'homeRegion', type: 'string' },
  ],
};
const RELEASE: Types = {
  Release: [
    { name: 'network', type: 'bytes32' },
    { name: 'sequence', type: 'uint64' },
    { name: 'to', type: 'address' },
    { name: 'amount', type: 'uint256' },
  ],
};
const SUPPLY_WEI = 10n ** 28n;

const wallet = (name: string): Wallet => new Wallet(id(`HAI swap vector ${name}`));
const address = (name: string): string => wallet(name).address.toLowerCase();
const domainOf = (chainId: number, token: string): TypedDataDomain => ({
  name: 'HAI Chain',
  version: '1',
  chainId,
  verifyingContract: address(token),
});

async function vector(signer: Wallet, domain: TypedDataDomain, types: Types, message: Record<string, string>) {
  const [primaryType] = Object.keys(types) as [string];
  return {
    typedData: { ...(TypedDataEncoder.getPayload(domain, types, message) as object), primaryType },
    typeHash: id(TypedDataEncoder.from(types).encodeType(primaryType)),
    domainSeparator: TypedDataEncoder.hashDomain(domain),
    structHash: TypedDataEncoder.hashStruct(primaryType, types, message),
    digest: TypedDataEncoder.hash(domain, types, message),
    signer: signer.address,
    signature: await signer.signTypedData(domain, types, message),
  };
}

/** Accounts of the two recipients: 32 bytes of 0x01 and of 0xff, in bech32m. */
const RECIPIENTS = [
  'hai1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszezmam',
  'hai1llllllllllllllllllllllllllllllllllllllllllllllllllls94cszw',
] as const;

const claims = [
  { chainId: 1, token: 'token', index: '0', amount: '10000000000', recipient: RECIPIENTS[0], homeRegion: 'weur' },
  { chainId: 56, token: 'token', index: '1048575', amount: `${SUPPLY_WEI}`, recipient: RECIPIENTS[1], homeRegion: 'me' },
  { chainId: 31337, token: 'other', index: '7', amount: '123450000000000', recipient: RECIPIENTS[0], homeRegion: 'oc' },
];
const releases = [
  { chainId: 1, token: 'token', sequence: '0', to: address('receiver'), amount: '10000000000' },
  { chainId: 56, token: 'token', sequence: `${2n ** 64n - 1n}`, to: address('receiver'), amount: `${SUPPLY_WEI}` },
];

const network = id('HAI swap vector network');
const set = id('HAI swap vector set');
const out = {
  origin: `ethers ${version} (MIT), test/vectors/make-swap-eip712.ts`,
  claims: await Promise.all(
    claims.map(({ chainId, token, ...message }, i) =>
      vector(wallet(`holder ${i}`), domainOf(chainId, token), CLAIM, { network, set, ...message }),
    ),
  ),
  releases: await Promise.all(
    releases.map(({ chainId, token, ...message }, i) =>
      vector(wallet(`releaser ${i}`), domainOf(chainId, token), RELEASE, { network, ...message }),
    ),
  ),
};
writeFileSync(new URL('swap-eip712.json', import.meta.url), `${JSON.stringify(out, undefined, 2)}\n`);
