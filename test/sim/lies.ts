/**
 * What an operator without the seats' keys may answer falsely when a client asks for a block or a balance, and the light client that
 * ships, which is asked whether it holds. Each lie has the truth beside it, which must hold.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Light, openLight } from '../../clients/light/light.ts';
import { decodeBody, encodeBody } from '../../protocol/block/block.ts';
import { decodeCertificate, encodeCertificate } from '../../protocol/block/certificate.ts';
import { decodeHeader, encodeHeader, headerHash } from '../../protocol/block/header.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { accountLeafKey, leafValueHash } from '../../protocol/state/leaves.ts';
import { decodeStateProof, encodeStateProof, proveKey } from '../../protocol/state/proof.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { TestNetwork } from '../support/network.ts';
import { verifySignature } from './keyed-hash.ts';
import type { Model } from './model.ts';
import { SIM_ACCOUNTS } from './network-genesis.ts';
import type { Sqlite } from './sqlite.ts';
import type { World } from './world.ts';

interface Answer {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly body: Uint8Array;
  readonly key: Uint8Array;
  readonly account: Uint8Array | undefined;
  readonly proof: Uint8Array;
}

/** The header says something else, and the certificate names it. */
function forgeHeader(answer: Answer): Answer {
  const header = decodeHeader(answer.header);
  const forged = { ...header, cyclesBilled: (header.cyclesBilled + 1n) as typeof header.cyclesBilled };
  const certificate = { ...decodeCertificate(answer.certificate), block: headerHash(forged) };
  return { ...answer, header: encodeHeader(forged), certificate: encodeCertificate(certificate) };
}

/** The last transaction is left out, and the one before it, or none, stands there. */
function dropTransaction(answer: Answer): Answer {
  const { transactions, outcomes } = decodeBody(answer.body);
  const kept = transactions.slice(0, -1);
  const stand = kept.at(-1) ?? transactions[0]?.slice(0, -1);
  return { ...answer, body: encodeBody({ transactions: stand ? [...kept, stand] : [], outcomes }) };
}

function changeOutcome(answer: Answer): Answer {
  const { transactions, outcomes } = decodeBody(answer.body);
  const [first, ...rest] = outcomes;
  const changed = { entries: (first?.entries ?? []).map((entry) => (entry === 0 ? 300 : 0)) };
  return { ...answer, body: encodeBody({ transactions, outcomes: [changed, ...rest] }) };
}

/** The leaf says what the account is said to have: all that is left to find it by is the root. */
function changeBalance(answer: Answer, model: Model): Answer {
  const account = model.state.account(answer.key);
  const { path, leaf } = decodeStateProof(answer.proof);
  if (!account || !leaf) throw new Error('an account of the genesis is not there');
  const balanceZhi = (account.balanceZhi + 1n) as Zhi;
  const value = encodeAccount({ ...account, balanceZhi });
  const forged = { path, leaf: { ...leaf, valueHash: leafValueHash(value), sum: balanceZhi } };
  return { ...answer, account: value, proof: encodeStateProof(forged) };
}

/** Each with the code that names what is false. */
const LIES = {
  forgeHeader: { lie: forgeHeader, code: 'certificate_invalid' },
  dropTransaction: { lie: dropTransaction, code: 'inclusion_invalid' },
  changeOutcome: { lie: changeOutcome, code: 'inclusion_invalid' },
  changeBalance: { lie: changeBalance, code: 'state_proof_invalid' },
};

export class Asker {
  readonly #world: World;
  readonly #model: Model;
  readonly #light: Light;

  constructor(world: World, network: TestNetwork, model: Model) {
    this.#world = world;
    this.#model = model;
    const opened = openLight({ genesis: network.bytes, pin: bytesToHex(network.hash), verify: verifySignature });
    if (!opened.ok) throw new Error(opened.code);
    this.#light = opened.value;
  }

  /** Asks for the newest block, is lied to in one of the ways, and says whether that was noticed. Nothing without a block. */
  async ask(database: Sqlite): Promise<void> {
    const truth = this.#truth(database);
    if (!truth) return;
    const fault = await this.#fault(truth);
    if (fault) this.#world.violated(`a true answer was refused: ${fault}`);
    const name = this.#world.random.pick(Object.keys(LIES) as (keyof typeof LIES)[]);
    const { counts } = this.#world;
    counts.lies++;
    const { lie, code } = LIES[name];
    const refused = await this.#fault(lie(truth, this.#model));
    if (refused === code) counts.liesDetected++;
    else this.#world.violated(`a lie was ${refused ? `refused as ${refused}` : 'taken for the truth'}: ${name}`);
  }

  /** Of the model's newest block, which D1 has unless it was put back. */
  #truth(database: Sqlite): Answer | undefined {
    const { parent, tree, state } = this.#model;
    const [row] = database.arrays('SELECT header, certificate, body FROM block WHERE height = ?', [
      Number(parent.height),
    ]);
    if (!row) return undefined;
    const [header, certificate, body] = row as [Uint8Array, Uint8Array, Uint8Array];
    const { key } = this.#world.random.pick(SIM_ACCOUNTS).pair;
    const account = state.account(key);
    const proof = encodeStateProof(proveKey(tree, accountLeafKey(key)));
    return { header, certificate, body, key, account: account && encodeAccount(account), proof };
  }

  async #fault({ header, certificate, body, key, account, proof }: Answer): Promise<string | undefined> {
    const final = await this.#light.header(header, certificate);
    if (!final.ok) return final.code;
    const held = this.#light.body(final.value, body);
    if (!held.ok) return held.code;
    const shown = this.#light.account(final.value, key, account, proof);
    return shown.ok ? undefined : shown.code;
  }
}
