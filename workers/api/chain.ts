/** What the network is, and how it is: /v1/chain, /v1/genesis, /healthz. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { openLedger } from '../../ledger/d1.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Failure, Result } from '../../protocol/errors.ts';
import { decodeGenesis } from '../../protocol/genesis.ts';
import type { Hash } from '../../protocol/hash.ts';
import { intakeParameters, parametersPlace } from '../../protocol/record/parameter.ts';
import { DEFAULT_REGION, regionOf } from '../../protocol/regions.ts';
import type { UnixMs } from '../../protocol/units.ts';
import type { WireChain } from '../../protocol/wire.ts';
import { type Env, regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { base64Text, decimalText, hexText } from './fields.ts';
import { chainSchema } from './schemas.ts';

/** Summing all accounts reads them all: once in this time, for as many as ask. */
const SUPPLY_KEPT_MS = 1_000;

interface Supply {
  readonly genesis: string;
  readonly readMs: number;
  readonly byClass: Record<string, string>;
}
let supply: Supply | undefined;

export function addChain(api: Api): void {
  addOperation(
    api,
    {
      id: 'getHealth',
      method: 'get',
      path: '/healthz',
      tag: 'Service',
      summary: 'The ledger answers, and is the one that was sealed upon',
      answers: { 200: { description: 'In order', schema: z.object({ status: z.literal('ok'), height: decimalText }) } },
      refuses: ['ledger_rolled_back'],
    },
    (c) => health(c),
  );
  addOperation(
    api,
    {
      id: 'getChain',
      method: 'get',
      path: '/v1/chain',
      tag: 'Chain',
      summary: 'The network, its tip, and where its supply is',
      answers: { 200: { description: 'The chain', schema: chainSchema } },
      refuses: [],
    },
    async (c) => Response.json(await wireChain(c)),
  );
  addOperation(
    api,
    {
      id: 'getGenesis',
      method: 'get',
      path: '/v1/genesis',
      tag: 'Chain',
      summary: 'The canonical genesis file; its hash names the network',
      answers: {
        200: {
          description: 'The genesis',
          schema: z.object({
            hash: hexText,
            genesis: base64Text,
            network: z.string(),
            mode: z.enum(['hosted', 'quorum']),
            profile: z.enum(['production', 'development']),
          }),
        },
      },
      refuses: [],
    },
    async (c) => {
      const { genesis, hash, bytes } = await networkOf(c.env);
      const { network, mode, profile } = genesis;
      return Response.json({ hash: bytesToHex(hash), genesis: base64.encode(bytes), network, mode, profile });
    },
  );
}

/** The same for as many as ask, and as often. */
const HEALTH_KEPT_MS = 1_000;

type Health = Result<{ readonly height: bigint }>;
/** By the bindings, which are an isolate's own. */
const healthKept = new WeakMap<Env, { readonly readMs: number; readonly found: Health }>();

async function health(c: ApiContext): Promise<Response | Failure> {
  const found = await healthNow(c);
  return found.ok ? Response.json({ status: 'ok', height: found.value.height.toString() }) : found;
}

async function healthNow(c: ApiContext): Promise<Health> {
  const nowMs = Date.now();
  const kept = healthKept.get(c.env);
  if (kept && nowMs - kept.readMs < HEALTH_KEPT_MS) return kept.found;
  const found = await askedHealth(c);
  healthKept.set(c.env, { readMs: nowMs, found });
  return found;
}

/**
 * The region that proposes remembers what it sealed. Without a genesis that is the one that founds: of a ledger that was emptied
 * it knows, and of a network that nobody founded it knows nothing. Being asked founds none.
 */
async function askedHealth(c: ApiContext): Promise<Health> {
  const bytes = await openLedger(c.env.DB).genesis();
  const region = bytes ? regionOf(decodeGenesis(bytes).sequencerRegion) : DEFAULT_REGION;
  return regionStub(c.env, region).health();
}

async function wireChain(c: ApiContext): Promise<WireChain> {
  const { genesis, hash } = await networkOf(c.env);
  const ledger = openLedger(c.env.DB);
  const [tip, supplyByClass, set] = await Promise.all([
    ledger.tip(),
    supplyNow(ledger, hash),
    ledger.record(parametersPlace),
  ]);
  if (!tip) throw new Error('a ledger with a genesis and without a tip');
  const { baseFeeZhi } = intakeParameters({ record: () => set }, genesis, laterOf(tip.timeMs, Date.now()));
  return {
    genesis: bytesToHex(hash),
    network: genesis.network,
    mode: genesis.mode,
    profile: genesis.profile,
    tip: { height: tip.height.toString(), hash: bytesToHex(tip.hash), timeMs: tip.timeMs.toString() },
    baseFeeZhi: baseFeeZhi.toString(),
    supplyZhi: Object.values(supplyByClass)
      .reduce((sum, zhi) => sum + BigInt(zhi), 0n)
      .toString(),
    supplyByClass,
  };
}

/** Block time never runs back; a clock may be behind it. */
const laterOf = (tipMs: UnixMs, nowMs: number): UnixMs => (BigInt(nowMs) > tipMs ? (BigInt(nowMs) as UnixMs) : tipMs);

async function supplyNow(ledger: Ledger, genesisHash: Hash): Promise<Record<string, string>> {
  const genesis = bytesToHex(genesisHash);
  const nowMs = Date.now();
  if (supply?.genesis === genesis && nowMs - supply.readMs < SUPPLY_KEPT_MS) return supply.byClass;
  const classes = Object.entries(await ledger.supplyByClass());
  const byClass = Object.fromEntries(classes.map(([name, zhi]) => [name, zhi.toString()]));
  supply = { genesis, readMs: nowMs, byClass };
  return byClass;
}
