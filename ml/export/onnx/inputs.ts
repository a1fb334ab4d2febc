/**
 * The inputs of an exported model: a table's columns as they are read from a file, each [rows, 1] as skl2onnx has them, under their
 * own names: float for numbers (NaN is missing), double for dates (days since 1970-01-01T00:00Z, NaN is missing), string for
 * categories ('' is missing, and what is no category). Images are one input: uint8 [rows, height, width, channels].
 */
import type { DatePart } from '../../features/dates.ts';
import { F32_MAX } from '../../table/fault.ts';
import type { Schema } from '../../table/table.ts';
import { partsOfDays } from './dates.ts';
import { IMAGE_INPUT } from './feeds.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { cast, concat, flat, gather, missingBeyond } from './operators.ts';
import { number, shape } from './tensor.ts';

/** The range of days that ml/features takes: what lies beyond is missing, as there. */
const DAYS_MAX = 1e8;

export class TableInputs {
  readonly graph: OnnxGraph;
  readonly schema: Schema;
  /** Of an input for each column, or of the only one for images. */
  readonly names: readonly Value[];
  /** Samples an image; 0 for columns. */
  readonly samples: number;
  /** Where a column of numbers is in `#all`. */
  readonly #places = new Map<number, number>();
  /** Every number of a row: double [rows, count]. */
  #all: Value | undefined;
  readonly #dates = new Map<number, Readonly<Record<DatePart, Value>>>();

  constructor(graph: OnnxGraph, schema: Schema) {
    this.graph = graph;
    this.schema = schema;
    if (schema.kind === 'images') {
      const { height, width, channels } = schema;
      this.names = [graph.input(IMAGE_INPUT, 'uint8', ['rows', height, width, channels])];
      this.samples = height * width * channels;
      return;
    }
    this.samples = 0;
    const types = { number: 'float', date: 'double', category: 'string' } as const;
    this.names = schema.columns.map(({ kind, name }) => graph.input(name, types[kind], ['rows', 1]));
    schema.columns.forEach(({ kind }, column) => {
      if (kind === 'number') this.#places.set(column, this.#places.size);
    });
  }

  isDate(column: number): boolean {
    return this.schema.kind === 'columns' && this.schema.columns[column]?.kind === 'date';
  }

  /** Text [rows, 1]. */
  category(column: number): Value {
    return this.names[column] as Value;
  }

  /** Columns of numbers, or samples of an image from 0 to 255: double [rows, columns.length]. NaN where missing or infinite. */
  numbers(columns: readonly number[]): Value {
    const places = this.samples > 0 ? columns : columns.map((column) => this.#places.get(column) as number);
    const width = this.samples > 0 ? this.samples : this.#places.size;
    const all = this.allNumbers();
    return places.length === width && places.every((place, i) => place === i) ? all : gather(this.graph, all, places);
  }

  /** All of `numbers`, in the table's order. */
  allNumbers(): Value {
    this.#all ??= this.samples > 0 ? this.#imageNumbers() : this.#columnNumbers();
    return this.#all;
  }

  /** Zeros, double [rows, 1]: what is left of a table of which nothing can be used. */
  zeros(): Value {
    const sizes = this.graph.add('Shape', [this.names[0] as Value]);
    const rows = this.graph.add('Gather', [sizes, this.graph.constant(shape(0))], { axis: { int: 0 } });
    const dims = this.graph.add('Concat', [rows, this.graph.constant(shape(1))], { axis: { int: 0 } });
    return this.graph.add('Expand', [this.graph.constant(number(0)), dims]);
  }

  /** A part of a column of dates: double [rows, 1]. NaN where missing. */
  datePart(column: number, part: DatePart): Value {
    const known = this.#dates.get(column);
    const parts = known ?? partsOfDays(this.graph, missingBeyond(this.graph, this.names[column] as Value, DAYS_MAX));
    this.#dates.set(column, parts);
    return parts[part];
  }

  #imageNumbers(): Value {
    return cast(this.graph, flat(this.graph, this.names[0] as Value, this.samples), 'double');
  }

  #columnNumbers(): Value {
    const columns = [...this.#places.keys()].map((column) => this.names[column] as Value);
    return missingBeyond(this.graph, cast(this.graph, concat(this.graph, columns), 'double'), F32_MAX);
  }
}
