/** The whole chain as the API serves it, executed again from the genesis. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { decodeBody } from '../../protocol/block/block.ts';
import { certificateFault, decodeCertificate } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader } from '../../protocol/block/header.ts';
import { Replay } from '../../protocol/block/replay.ts';
import { validateBlock } from '../../protocol/block/validate.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import type { WireBlock } from '../../protocol/wire.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import type { ChaosNetwork } from './transfers.ts';

export interface ReplayedChain {
  readonly replay: Replay;
  readonly height: number;
  /** How often each transaction, by its hash in hex, is in a block. */
  readonly times: ReadonlyMap<string, number>;
  /** Blocks that were executed again from their witness alone, too. */
  readonly stateless: number;
  readonly faults: readonly string[];
}

async function bytesAt(url: string): Promise<Uint8Array | undefined> {
  const response = await fetch(url);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export async function replayChain({ url, genesis, hash: genesisHash }: ChaosNetwork): Promise<ReplayedChain> {
  const replay = new Replay({ genesis, hash: genesisHash }, verifyFast);
  const times = new Map<string, number>();
  const faults: string[] = [];
  let stateless = 0;
  let previous: BlockHeader | undefined;
  const { height } = (await fetch(`${url}/v1/blocks/latest`).then((one) => one.json())) as WireBlock;
  for (let at = 1; at <= Number(height); at++) {
    const block = (await fetch(`${url}/v1/blocks/${at}`).then((one) => one.json())) as WireBlock;
    const body = await bytesAt(`${url}/v1/blocks/${at}/body`);
    if (!body) return { replay, height: at - 1, times, stateless, faults: [...faults, `block ${at} has no body`] };
    const header = decodeHeader(base64.decode(block.header));
    const certificate = decodeCertificate(base64.decode(block.certificate));
    const uncertified = await certificateFault(header, certificate, genesis.seats, verifyFast);
    if (uncertified) faults.push(`block ${at}: ${uncertified}`);
    const decoded = { header, body: decodeBody(body) };
    const witness = await bytesAt(`${url}/v1/blocks/${at}/witness`);
    if (witness) {
      const again = await validateBlock({
        genesis,
        genesisHash,
        previous,
        block: decoded,
        witness,
        verify: verifyFast,
      });
      if (again.ok) stateless++;
      else faults.push(`block ${at} by its witness: ${again.code} ${again.evidence}`);
    }
    const taken = await replay.take(decoded, witness);
    if (!taken.ok) {
      const fault = `block ${at}: ${taken.code} ${taken.evidence}`;
      return { replay, height: at - 1, times, stateless, faults: [...faults, fault] };
    }
    for (const bytes of decoded.body.transactions) {
      const id = bytesToHex(transactionHash(bytes));
      times.set(id, (times.get(id) ?? 0) + 1);
    }
    previous = header;
  }
  return { replay, height: Number(height), times, stateless, faults };
}
