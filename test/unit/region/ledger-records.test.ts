/** What an intake knows of the chain's records: the last answer of the last question, and no more than it asked for. */
import { describe, expect, test } from 'vitest';
import { LedgerRecords } from '../../../durable-objects/region/ledger-records.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import type { TouchedRecord } from '../../../protocol/state/overlay.ts';
import type { RecordPlace } from '../../../protocol/state/record.ts';

const key = taggedHash('test');
const allowance: RecordPlace = { kind: 'allowance', key };
const batch: RecordPlace = { kind: 'batch', key };

/** A ledger whose answers come when the test says so. */
function slowLedger() {
  const answers: ((found: TouchedRecord[]) => void)[] = [];
  const asked: number[] = [];
  const records = new LedgerRecords({
    records: (places) => {
      asked.push(places.length);
      return new Promise((resolve) => answers.push(resolve));
    },
  });
  const answer = (at: number, ...found: TouchedRecord[]) => answers[at]?.(found);
  return { records, asked, answer };
}
const value = (byte: number) => Uint8Array.of(byte);

describe('records', () => {
  test('are those that were loaded, by kind and key', async () => {
    const { records, answer } = slowLedger();
    const loading = records.load([allowance, batch]);
    answer(0, { ...allowance, value: value(1) });
    await loading;
    expect(records.record('allowance', key)).toEqual(value(1));
    expect(records.record('batch', key)).toBeUndefined();
    expect(records.record('model', key)).toBeUndefined();
  });

  test('that are gone, or changed, are so after the next load', async () => {
    const { records, answer } = slowLedger();
    const loads = [records.load([allowance]), records.load([allowance]), records.load([allowance])];
    answer(0, { ...allowance, value: value(1) });
    answer(1, { ...allowance, value: value(2) });
    await loads[1];
    expect(records.record('allowance', key)).toEqual(value(2));
    answer(2);
    await loads[2];
    expect(records.record('allowance', key)).toBeUndefined();
  });

  test('are not put back by an answer that was overtaken', async () => {
    const { records, answer } = slowLedger();
    const older = records.load([allowance, batch]);
    const newer = records.load([allowance]);
    answer(1, { ...allowance, value: value(2) });
    await newer;
    answer(0, { ...allowance, value: value(1) }, { ...batch, value: value(9) });
    await older;
    expect(records.record('allowance', key)).toEqual(value(2));
    expect(records.record('batch', key)).toEqual(value(9));
  });

  test('of nothing need no read', async () => {
    const { records, asked } = slowLedger();
    await records.load([]);
    expect(asked).toEqual([]);
  });
});
