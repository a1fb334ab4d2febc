/** `GET /v1/supply` as JSON. Amounts and counts are decimal strings; proofs are canonical bytes in base64. */
import type { SystemAccountName } from '../address.ts';
import type { Region } from '../regions.ts';
import type { SupplyPlace } from './supply.ts';

export interface WireSupply {
  height: string;
  /** The sum of the next three. */
  supplyZhi: string;
  mintedZhi: string;
  unmintedZhi: string;
  burnedZhi: string;
  /** Every system account, with its state proof. */
  accounts: {
    name: SystemAccountName;
    address: string;
    place: SupplyPlace;
    balanceZhi: string;
    nonce: string;
    homeRegion: Region;
    proof: string | null;
  }[];
  /** Null, like every proof, before the first block. */
  header: string | null;
  certificate: string | null;
  /** That all accounts sum to the supply. */
  proof: string | null;
}
