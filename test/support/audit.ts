/** Holds the ledger of a network against the rules that no fault may break. Reads D1 itself and not the API. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import { decodeGenesis, genesisHash } from '../../protocol/genesis.ts';
import { genesisSupply, type Supply, supplyAfter, supplyFrom } from '../../protocol/money/supply.ts';
import { isFinished, type OrderState } from '../../protocol/order/lifecycle.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { txTypeNumber } from '../../protocol/tx/types.ts';
import { SUPPLY_ZHI } from '../../protocol/units.ts';

/** The part of D1Database that is read here. */
export interface AuditedDatabase {
  prepare(sql: string): { all<T>(): Promise<{ results: T[] }> };
}

export interface Audit {
  readonly height: number;
  /** State of every order on the chain, by id. */
  readonly orders: ReadonlyMap<string, OrderState>;
  readonly faults: readonly string[];
}

type Bytes = number[] | ArrayBuffer;
const bytes = (value: Bytes): Uint8Array => new Uint8Array(value as ArrayBuffer);
const hex = (value: Bytes): string => bytesToHex(bytes(value));

const OUTCOME_TYPES = [txTypeNumber('orderSettle'), txTypeNumber('batchSettle'), txTypeNumber('orderRefund')];

async function orderFaults(db: AuditedDatabase): Promise<{ orders: Map<string, OrderState>; faults: string[] }> {
  const { results } = await db
    .prepare(
      `SELECT o.id, o.state, (SELECT count(*) FROM order_transaction n JOIN transaction_ t USING (height, idx)
         WHERE n.order_id = o.id AND n.code = 0 AND t.type IN (${OUTCOME_TYPES.join()})) AS outcomes FROM chain_order o`,
    )
    .all<{ id: Bytes; state: OrderState; outcomes: number }>();
  const orders = new Map(results.map(({ id, state }) => [hex(id), state]));
  const faults = results.flatMap(({ id, state, outcomes }) =>
    outcomes === (isFinished(state) ? 1 : 0) ? [] : [`order ${hex(id)} is ${state} after ${outcomes} outcomes`],
  );
  return { orders, faults };
}

/** Every balance is its allocation and the sum of its postings; all of them are the supply. */
async function moneyFaults(db: AuditedDatabase, genesis: Uint8Array): Promise<string[]> {
  const start = new Map(
    initialState(decodeGenesis(genesis))
      .accounts()
      .map(({ key, value }) => [bytesToHex(key), value.balanceZhi as bigint]),
  );
  const { results } = await db
    .prepare(
      `SELECT key, CAST(balance AS TEXT) AS balance, CAST(coalesce((SELECT sum(delta) FROM posting p WHERE p.account = a.key), 0) AS TEXT)
         AS moved FROM account a`,
    )
    .all<{ key: Bytes; balance: string; moved: string }>();
  const faults = results.flatMap(({ key, balance, moved }) =>
    BigInt(balance) === (start.get(hex(key)) ?? 0n) + BigInt(moved)
      ? []
      : [`account ${hex(key)} has ${balance}, moved ${moved}`],
  );
  const sum = results.reduce((total, { balance }) => total + BigInt(balance), 0n);
  return sum === SUPPLY_ZHI ? faults : [...faults, `the balances sum to ${sum}`];
}

/** What is held for orders that are not finished is all that is in escrow. */
async function escrowFaults(db: AuditedDatabase, orders: ReadonlyMap<string, OrderState>): Promise<string[]> {
  if (![...orders.values()].every(isFinished)) return [];
  const { results } = await db
    .prepare('SELECT key, CAST(balance AS TEXT) AS balance FROM account')
    .all<{ key: Bytes; balance: string }>();
  const escrow = results.find(({ key }) => hex(key) === bytesToHex(SYSTEM_ACCOUNT.escrow));
  return !escrow || escrow.balance === '0' ? [] : [`all orders are finished and ${escrow.balance} zhi are in escrow`];
}

/** Each sender's sealed nonces are 0, 1, 2, ... and the account counts them. */
async function nonceFaults(db: AuditedDatabase): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT a.key, a.nonce, count(t.hash) AS sealed, count(DISTINCT t.nonce) AS different, coalesce(max(t.nonce), -1) AS last
         FROM account a LEFT JOIN transaction_ t ON t.sender = a.key GROUP BY a.key`,
    )
    .all<{ key: Bytes; nonce: number; sealed: number; different: number; last: number }>();
  return results.flatMap(({ key, nonce, sealed, different, last }) =>
    nonce === sealed && sealed === different && last === sealed - 1
      ? []
      : [`account ${hex(key)}: nonce ${nonce}, ${sealed} sealed, ${different} different, last ${last}`],
  );
}

async function blockFaults(db: AuditedDatabase, genesis: Uint8Array): Promise<{ height: number; faults: string[] }> {
  const { results } = await db
    .prepare('SELECT height, hash, header FROM block ORDER BY height')
    .all<{ height: number; hash: Bytes; header: Bytes }>();
  let parent = bytesToHex(genesisHash(decodeGenesis(genesis)));
  const faults = results.flatMap(({ height, hash, header }, i) => {
    const decoded = decodeHeader(bytes(header));
    const linked = bytesToHex(decoded.parent) === parent && height === i + 1 && Number(decoded.height) === height;
    parent = hex(hash);
    return linked ? [] : [`block ${height} does not follow`];
  });
  return { height: results.length, faults };
}

/** Headers and balances as of one block; on a network that goes on another may land between the two reads. */
async function chainAndBalances(
  db: AuditedDatabase,
  tries = 10,
): Promise<{ headers: Uint8Array[]; balances: Map<string, bigint> }> {
  const headersNow = () => db.prepare('SELECT header FROM block ORDER BY height').all<{ header: Bytes }>();
  const { results: before } = await headersNow();
  const { results: accounts } = await db
    .prepare('SELECT key, CAST(balance AS TEXT) AS balance FROM account')
    .all<{ key: Bytes; balance: string }>();
  const { results: after } = await headersNow();
  if (after.length !== before.length && tries > 1) return chainAndBalances(db, tries - 1);
  const balances = new Map(accounts.map(({ key, balance }) => [hex(key), BigInt(balance)]));
  return { headers: before.map(({ header }) => bytes(header)), balances };
}

/** What the headers say was minted and burned leads from the genesis to the balances of today. */
async function supplyFaults(db: AuditedDatabase, genesis: Uint8Array): Promise<string[]> {
  const { headers, balances } = await chainAndBalances(db);
  const held = supplyFrom((name) => balances.get(bytesToHex(SYSTEM_ACCOUNT[name])) ?? 0n);
  let told: Supply | undefined = genesisSupply(decodeGenesis(genesis));
  for (const header of headers) told = told && supplyAfter(told, decodeHeader(header));
  const isAsTold = told?.mintedZhi === held.mintedZhi && told.burnedZhi === held.burnedZhi;
  return isAsTold ? [] : [`the headers lead to ${told?.mintedZhi} zhi minted, the accounts to ${held.mintedZhi}`];
}

export async function audit(db: AuditedDatabase): Promise<Audit> {
  const { results } = await db.prepare('SELECT bytes FROM genesis').all<{ bytes: Bytes }>();
  const genesis = bytes((results[0] as { bytes: Bytes }).bytes);
  const [{ orders, faults }, money, nonces, blocks, supply] = await Promise.all([
    orderFaults(db),
    moneyFaults(db, genesis),
    nonceFaults(db),
    blockFaults(db, genesis),
    supplyFaults(db, genesis),
  ]);
  const escrow = await escrowFaults(db, orders);
  return {
    height: blocks.height,
    orders,
    faults: [...faults, ...money, ...supply, ...escrow, ...nonces, ...blocks.faults],
  };
}
