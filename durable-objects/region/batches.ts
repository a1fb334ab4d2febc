/** Role entries, and how they are put together into transactions. Pure. */

export const ENTRY_ROLES = ['match', 'work', 'result', 'settle', 'refund'] as const;
export type EntryRole = (typeof ENTRY_ROLES)[number];

export interface RoleEntry {
  readonly id: number;
  readonly role: EntryRole;
  readonly order: Uint8Array;
  readonly entry: Uint8Array;
  /** How often the chain refused it. */
  readonly tries: number;
}

/**
 * Groups entries into batches such that an order's own entries keep their order: wave w holds each order's w-th entry, and a
 * batch is of one wave and one role. `batchMax` entries a batch; refunds go alone. What was refused before comes with as many as
 * were refused as often, half of them each time: one that can't be executed at all is soon alone, and holds up no other.
 */
export function batchesOf(
  entries: readonly RoleEntry[],
  keyOf: (order: Uint8Array) => string,
  batchMax: number,
): RoleEntry[][] {
  const seen = new Map<string, number>();
  const waves: Map<EntryRole, RoleEntry[]>[] = [];
  for (const entry of entries) {
    const key = keyOf(entry.order);
    const wave = seen.get(key) ?? 0;
    seen.set(key, wave + 1);
    waves[wave] ??= new Map();
    const group = waves[wave].get(entry.role) ?? [];
    group.push(entry);
    waves[wave].set(entry.role, group);
  }
  return waves.flatMap((wave) =>
    ENTRY_ROLES.flatMap((role) => batchesByTries(wave.get(role) ?? [], role === 'refund' ? 1 : batchMax)),
  );
}

function batchesByTries(entries: readonly RoleEntry[], batchMax: number): RoleEntry[][] {
  const sizeOf = ({ tries }: RoleEntry) => Math.max(1, Math.floor(batchMax / 2 ** tries));
  const sizes = [...new Set(entries.map(sizeOf))];
  return sizes.flatMap((size) =>
    chunksOf(
      entries.filter((entry) => sizeOf(entry) === size),
      size,
    ),
  );
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}
