/**
 * A typed table: what a parser makes of a file, and what every search, trainer and prediction starts from. Missing cells are part
 * of it: NaN in numbers and dates, MISSING in categories. Nothing here was fitted to the rows; that is ml/features/.
 */

/** Code of a missing category. */
export const MISSING = -1;

/** Values as f32, the precision in which trees of scikit-learn and XGBoost compare; finite or NaN. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly name: string;
  readonly values: Float32Array;
}

export interface CategoryColumn {
  readonly kind: 'category';
  readonly name: string;
  /** Distinct, in ascending order of their UTF-8 bytes. */
  readonly categories: readonly string[];
  /** Index into `categories`, or MISSING. */
  readonly codes: Int32Array;
}

export interface DateColumn {
  readonly kind: 'date';
  readonly name: string;
  /** Days since 1970-01-01T00:00Z, with the time of day as the fraction. */
  readonly days: Float64Array;
}

export type Column = NumberColumn | CategoryColumn | DateColumn;

/** 8-bit samples: rows x height x width x channels (1 or 3). */
export interface Images {
  readonly kind: 'images';
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
}

export type Features = { readonly kind: 'columns'; readonly columns: readonly Column[] } | Images;

export type Target =
  | {
      readonly kind: 'classes';
      readonly name: string;
      readonly classes: readonly string[];
      readonly labels: Uint16Array;
    }
  | { readonly kind: 'values'; readonly name: string; readonly values: Float64Array }
  /** Rows to predict, and clustering. */
  | { readonly kind: 'none' };

export interface Table {
  readonly rows: number;
  readonly features: Features;
  readonly target: Target;
}

/** A table without its rows: what a model keeps, so that rows to predict find their columns and categories. */
export type Schema =
  | {
      readonly kind: 'columns';
      readonly columns: readonly (
        | { readonly kind: 'number' | 'date'; readonly name: string }
        | { readonly kind: 'category'; readonly name: string; readonly categories: readonly string[] }
      )[];
    }
  | { readonly kind: 'images'; readonly height: number; readonly width: number; readonly channels: number };
