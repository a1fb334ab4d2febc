/** The answer of `GET /v1/supply`, checked: every figure against the state root of one final header, with nothing trusted but the genesis. */
import { base64 } from '@scure/base';
import { addressOf, SYSTEM_ACCOUNT, SYSTEM_ACCOUNT_NAMES, type SystemAccountName } from '../../protocol/address.ts';
import type { Result } from '../../protocol/errors.ts';
import { encodeGenesis } from '../../protocol/genesis.ts';
import { genesisSupply, type Supply, supplyFrom, supplyPlaceOf } from '../../protocol/money/supply.ts';
import type { WireSupply } from '../../protocol/money/wire-supply.ts';
import type { FinalHeader } from '../../protocol/proof/final-header.ts';
import { REGIONS, regionNumber } from '../../protocol/regions.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { SUPPLY_ZHI, type Zhi } from '../../protocol/units.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { type Light, openLight } from '../light/light.ts';
import { UntrustedError } from './errors.ts';
import type { Network } from './network.ts';

const untrusted = (what: string): never => {
  throw new UntrustedError(`the supply does not hold: ${what}`);
};

const held = <T>(result: Result<T>, what: string): T =>
  result.ok ? result.value : untrusted(`${what}: ${result.evidence ?? result.code}`);

function bytesIn(text: string | null, what: string): Uint8Array {
  try {
    return base64.decode(text ?? '');
  } catch {
    return untrusted(`${what} is no base64`);
  }
}

const amountIn = (text: string): bigint => (/^(0|[1-9]\d{0,18})$/.test(text) ? BigInt(text) : untrusted('no amount'));

/** What is minted, not yet minted and burned, from what is proved alone. Throws UntrustedError. */
export async function verifySupply(network: Network, wire: WireSupply): Promise<Supply> {
  if (wire.supplyZhi !== SUPPLY_ZHI.toString()) untrusted('another sum is stated than 10^18 zhi');
  // Before the first block the genesis is the state.
  if (wire.header === null) {
    return wire.height === '0' ? agreed(genesisSupply(network.genesis), wire) : untrusted('no proof of a block');
  }
  const opened = openLight({ genesis: encodeGenesis(network.genesis), pin: network.hex, verify: verifyFast });
  const light = held(opened, 'the genesis');
  const certificate = bytesIn(wire.certificate, 'the certificate');
  const final = held(await light.header(bytesIn(wire.header, 'the header'), certificate), 'the header');
  if (final.header.height.toString() !== wire.height) untrusted('the header is of another height');
  const sum = held(light.supply(final, bytesIn(wire.proof, 'the proof')), 'the sum');
  if (sum !== SUPPLY_ZHI) untrusted('another sum is proved than 10^18 zhi');
  // All of them: what is stated of an account that no place counts must hold too.
  const balances = new Map(SYSTEM_ACCOUNT_NAMES.map((name) => [name, balanceIn(light, final, wire, name)]));
  return agreed(
    supplyFrom((name) => balances.get(name) as Zhi),
    wire,
  );
}

function balanceIn(light: Light, final: FinalHeader, wire: WireSupply, name: SystemAccountName): Zhi {
  const told = wire.accounts.find((one) => one.name === name) ?? untrusted(`${name} is missing`);
  if (told.place !== supplyPlaceOf(name) || told.address !== addressOf(SYSTEM_ACCOUNT[name])) {
    untrusted(`${name} is another account`);
  }
  if (!REGIONS.includes(told.homeRegion)) untrusted(`${name} is at home nowhere`);
  const balanceZhi = amountIn(told.balanceZhi) as Zhi;
  const value = encodeAccount({ balanceZhi, nonce: amountIn(told.nonce), homeRegion: regionNumber(told.homeRegion) });
  held(light.account(final, SYSTEM_ACCOUNT[name], value, bytesIn(told.proof, name)), name);
  return balanceZhi;
}

function agreed(places: Supply, wire: WireSupply): Supply {
  const names = ['mintedZhi', 'unmintedZhi', 'burnedZhi'] as const;
  const wrong = names.find((name) => wire[name] !== places[name].toString());
  if (wrong !== undefined) untrusted(`another ${wrong} is stated than the accounts hold`);
  if (wire.accounts.length !== SYSTEM_ACCOUNT_NAMES.length) untrusted('another number of accounts');
  return places;
}
