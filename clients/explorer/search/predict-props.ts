import type { Client } from '../../sdk/client.ts';
import type { FoundModel } from './found.ts';

/** What a prediction's form is made of, whatever a row of the model is. */
export interface PredictProps {
  readonly client: Client;
  readonly found: FoundModel;
  readonly regionOfProvider: (address: string) => string | undefined;
  /** Money has moved. */
  readonly onPaid: () => Promise<void>;
}
