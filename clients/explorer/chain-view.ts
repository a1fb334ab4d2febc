/** What the network shows of itself, asked again and again while the page is in view. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { WireBlock, WireChain } from '../../protocol/wire.ts';
import type { Reader } from './reader.ts';

const POLL_MS = 1500;
const BLOCKS_SHOWN = 8;

export interface ChainView {
  readonly chain: WireChain | undefined;
  /** Newest first. */
  readonly blocks: readonly WireBlock[];
  /** The last question had no answer. */
  readonly isLost: boolean;
}

const EMPTY: ChainView = { chain: undefined, blocks: [], isLost: false };

export function useChain(reader: Reader): ChainView {
  const [view, setView] = useState(EMPTY);
  const ask = useCallback(async () => {
    try {
      const [chain, { blocks }] = await Promise.all([reader.chain(), reader.blocks({ limit: BLOCKS_SHOWN })]);
      setView({ chain, blocks, isLost: false });
    } catch {
      // What was seen last stays on the page, marked as old.
      setView((last) => ({ ...last, isLost: true }));
    }
  }, [reader]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const loop = async (): Promise<void> => {
      if (!document.hidden) await ask();
      if (!isOver) timer = setTimeout(loop, POLL_MS);
    };
    void loop();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [ask]);
  return view;
}
