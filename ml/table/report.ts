/** What a reader says about what it made of a file: for people, before anything is ordered. */
import type { Metric } from '../search/search.ts';
import type { Column } from './table.ts';

export type ColumnKind = Column['kind'];

/** What happens to a column whatever its cells look like. */
export type ColumnOverride = ColumnKind | 'ignore';

export interface ReadOptions {
  /** Name of the column to predict; null for none (clustering). Otherwise a column with a usual name, or the last one. */
  readonly target?: string | null;
  readonly task?: 'classes' | 'values';
  /** By column name. `number` and `date` make cells of another kind missing, with a notice. */
  readonly columns?: Readonly<Record<string, ColumnOverride>>;
  /** Words that stand for a missing cell, instead of the usual ones; the empty cell always does. */
  readonly missing?: readonly string[];
  /** False: the first line is a row, and columns are named column 1, column 2, ... */
  readonly header?: boolean;
  /** Lines of CSV above the header, or above the first row where there is none: a title, remarks. At most READ_LIMITS.skipLinesMax. */
  readonly skipLines?: number;
  readonly separator?: ',' | ';' | '\t' | '|';
  /** A label of the Encoding Standard, such as gb18030 or windows-1252. */
  readonly encoding?: string;
  /** Of numbers in a file whose cells are not parted by commas; otherwise as its cells show. */
  readonly decimal?: '.' | ',';
  /** Of dates such as 05/01/2024. A column that can be read in the other order alone is, with a notice. */
  readonly dayFirst?: boolean;
  /** Pictures are resized to it; without it all must have one size. */
  readonly imageSize?: { readonly height: number; readonly width: number };
  /** Of the file, where it is known before it is read: a file that is too large is then refused at once. */
  readonly sizeBytes?: number;
}

/** Every repair and guess, and nothing that needs none. */
export type NoticeCode =
  | 'encoding_guessed'
  | 'blank_lines_skipped'
  | 'empty_cells_trimmed'
  | 'column_named'
  | 'column_empty'
  | 'column_constant'
  | 'column_text'
  | 'column_index'
  | 'column_codes'
  | 'column_extra'
  | 'cells_made_missing'
  | 'category_unseen'
  | 'category_mixed'
  | 'category_dated'
  | 'spellings_folded'
  | 'unit_dropped'
  | 'per_cent_lacking'
  | 'per_cent_among'
  | 'currencies_mixed'
  | 'times_as_days'
  | 'dates_of_digits'
  | 'numbers_merged'
  | 'date_order_assumed'
  | 'date_day_first'
  | 'date_month_first'
  | 'decimal_comma'
  | 'target_chosen'
  | 'target_words_as_classes'
  | 'target_numbers_as_classes'
  | 'target_numbers_as_values'
  | 'target_rows_dropped'
  | 'class_one_row'
  | 'arrays_left_out'
  | 'files_left_out'
  | 'pictures_resized'
  | 'splits_merged';

export interface Notice {
  readonly code: NoticeCode;
  /** Column, array or file that it is about. */
  readonly name?: string;
  /** Cells, rows, lines or files. */
  readonly count?: number;
  /** An example, shortened. */
  readonly example?: string;
}

export interface ColumnReport {
  readonly name: string;
  readonly role: 'feature' | 'target' | 'leftOut';
  /** Of a column that is left out: what it would be with an override, or text. */
  readonly kind: ColumnKind | 'text';
  /** Missing cells, and the words that stood for them. */
  readonly missing: number;
  readonly missingWords: readonly string[];
  /** Distinct values that are not missing. */
  readonly distinct: number;
  /** Up to three, in order of appearance, shortened. */
  readonly examples: readonly string[];
  /** Of numbers. */
  readonly least?: number;
  readonly most?: number;
  /** Of dates whose marks leave the order of day and month open: how they were read. */
  readonly dayFirst?: boolean;
  /** Of numbers: what each cell had beside it, or `hh:mm` of times. */
  readonly unit?: string;
  /** Of numbers: % where most cells have it, or the sign of the one currency. */
  readonly sign?: string;
}

export type FileFormat = 'csv' | 'json-lines' | 'npz' | 'images';

export interface TableReport {
  readonly format: FileFormat;
  /** As it was decoded; of text formats. */
  readonly encoding?: string;
  readonly separator?: string;
  readonly notices: readonly Notice[];
  /** In the file's order; empty for images. */
  readonly columns: readonly ColumnReport[];
  /** What the metric is unless one is chosen. */
  readonly metric: Metric;
  /** The decimal mark, where cells show one; the order of day and month, where one was needed and all columns have the same. */
  readonly decimal?: '.' | ',';
  readonly dayFirst?: boolean;
  /** The order of day and month by column name, where they have several. */
  readonly dayFirstOf?: Readonly<Record<string, boolean>>;
  /** Units of numbers by column name, where there are any. */
  readonly units?: Readonly<Record<string, string>>;
  /** Signs of per cents and currencies by column name, where there are any. */
  readonly signs?: Readonly<Record<string, string>>;
}
