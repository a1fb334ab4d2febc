/** The sample's rows as the 8 x 8 pictures that they are. */
import { useEffect, useRef } from 'preact/hooks';
import type { Table } from '../../../ml/dataset/csv.ts';

const SIDE = 8;
/** The brightest pixel of the data set. */
const INK_MAX = 16;

interface DigitImageProps {
  /** 64 cells of 0 to 16. */
  readonly cells: Float32Array;
  readonly label: string;
}

export function DigitImage({ cells, label }: DigitImageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const value = Math.round(((cells[i] as number) / INK_MAX) * 255);
      image.data.set([value, value, value, 255], i * 4);
    }
    context.putImageData(image, 0, 0);
  }, [cells]);
  return <canvas ref={canvas} class="digit" width={SIDE} height={SIDE} role="img" aria-label={label} />;
}

export const cellsOfRow = ({ x, features }: Table, row: number): Float32Array =>
  x.subarray(row * features, (row + 1) * features);

export const labelOf = ({ classValues }: Table, index: number | undefined): string => String(classValues[index ?? -1]);

/** The first rows, each named by its label. */
export function DigitImages({ table, rows }: { readonly table: Table; readonly rows: number }) {
  const shown = Array.from({ length: Math.min(rows, table.rows) }, (_, row) => row);
  return (
    <div class="digits">
      {shown.map((row) => (
        <DigitImage key={row} cells={cellsOfRow(table, row)} label={labelOf(table, table.y[row])} />
      ))}
    </div>
  );
}
