/** The file of an order is there before the order is sent: whoever loses the key has paid for what nobody can read. */
import type { PreparedOrder } from '../sdk/open-order.ts';
import type { OrderFile, OrderFiles } from './order-files.ts';

/** What is known of an order once it is signed. */
export type SignedOrder = Pick<PreparedOrder, 'id' | 'contentKey'>;

/** For `onPrepared` of an order: one that is signed anew, under another nonce, replaces the file of the one before, which will never be. */
export function keptBy(files: OrderFiles, fileOf: (order: SignedOrder) => OrderFile): (order: SignedOrder) => void {
  let before: string | undefined;
  return (order) => {
    if (before !== undefined) files.remove(before);
    before = order.id;
    files.write(fileOf(order));
  };
}
