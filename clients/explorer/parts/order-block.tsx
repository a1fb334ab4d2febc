/** The block that made the visitor's order final. */
import { useEffect, useState } from 'preact/hooks';
import type { WireBlock } from '../../../protocol/wire.ts';
import type { Reader } from '../reader.ts';
import { BlockCard } from './block-card.tsx';
import { ErrorAlert } from './refusal.tsx';

export function OrderBlock({ reader, height }: { readonly reader: Reader; readonly height: string }) {
  const [block, setBlock] = useState<WireBlock>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    reader.block(height).then(setBlock, setError);
  }, [reader, height]);
  if (error !== undefined) return <ErrorAlert error={error} />;
  return block ? <BlockCard block={block} /> : null;
}
