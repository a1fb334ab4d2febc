import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { expect, test } from 'vitest';
import * as schema from '../../../ledger/schema.ts';
import { ORDER_STATES } from '../../../protocol/order/lifecycle.ts';
import { REGIONS } from '../../../protocol/regions.ts';
import { SUPPLY_ZHI } from '../../../protocol/units.ts';
import { migratedDatabase } from '../../support/sqlite-store.ts';

const tables = Object.values(schema).filter((value) => is(value, SQLiteTable)) as SQLiteTable[];
const db = migratedDatabase();
const rows = (sql: string, ...params: string[]) => db.prepare(sql).all(...params) as Record<string, unknown>[];

test('the migrations make the tables of the schema and no others, all STRICT', () => {
  const made = rows(
    "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  expect(made.map(({ name }) => name)).toEqual(tables.map(getTableName).sort());
  expect(made.filter(({ strict }) => strict !== 1)).toEqual([]);
});

test.each(tables.map((table) => [getTableName(table), table] as const))(
  '%s has the same columns in both',
  (name, table) => {
    const made = rows('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', name);
    const { primaryKeys } = getTableConfig(table);
    const composite = primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
    const declared = Object.values(getTableColumns(table)).map((column) => ({
      name: column.name,
      type: column.getSQLType().toUpperCase(),
      // A rowid key is never NULL, whether or not that is written down.
      required: column.notNull || column.primary,
      key: column.primary ? 1 : composite.indexOf(column.name) + 1,
    }));
    const found = made.map(({ name, type, notnull, pk }) => ({
      name,
      type,
      required: notnull === 1 || pk !== 0,
      key: pk,
    }));
    expect(found).toEqual(declared);
  },
);

test.each(tables.map((table) => [getTableName(table), table] as const))(
  '%s has the same indexes in both',
  (name, table) => {
    const made = rows('SELECT name, "unique" FROM pragma_index_list(?) WHERE origin = \'c\' ORDER BY name', name).map(
      (index) => ({
        name: index.name,
        unique: index.unique === 1,
        columns: rows('SELECT name FROM pragma_index_info(?) ORDER BY seqno', String(index.name)).map(
          (column) => column.name,
        ),
      }),
    );
    const declared = getTableConfig(table).indexes.map(({ config }) => ({
      name: config.name,
      unique: config.unique,
      // An expression has no name.
      columns: config.columns.map((column) => (column as { name?: string }).name ?? null),
    }));
    expect(made).toEqual(declared.sort((a, b) => (a.name < b.name ? -1 : 1)));
  },
);

test('the literals of the migration are those of the protocol', () => {
  const sql = (name: string) => String(rows('SELECT sql FROM sqlite_schema WHERE name = ?', name)[0]?.sql);
  expect(sql('chain_order').match(/'[a-z]+'/g)).toEqual(ORDER_STATES.map((state) => `'${state}'`));
  expect(sql('account')).toContain(`balance BETWEEN 0 AND ${SUPPLY_ZHI})`);
  expect(sql('account')).toContain(`home_region BETWEEN 0 AND ${REGIONS.length - 1})`);
});
