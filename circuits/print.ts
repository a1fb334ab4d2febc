// Biome's line width: what is printed here passes `biome check` unchanged.
const LINE_WIDTH = 120;

type Printable = string | number | boolean | readonly Printable[] | { readonly [name: string]: Printable };

type Dialect = { readonly quote: string; readonly trailingComma: string; key(name: string): string };

const JSON_DIALECT: Dialect = { quote: '"', trailingComma: '', key: (name) => `"${name}"` };
const TYPESCRIPT_DIALECT: Dialect = { quote: "'", trailingComma: ',', key: (name) => name };

function print(value: Printable, dialect: Dialect, indent: string, prefix: number): string {
  if (typeof value === 'string') {
    return `${dialect.quote}${value}${dialect.quote}`;
  }
  if (typeof value !== 'object') {
    return String(value);
  }
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const flat = `[${value.map((entry) => print(entry, dialect, inner, 0)).join(', ')}]`;
    if (!flat.includes('\n') && indent.length + prefix + flat.length < LINE_WIDTH) {
      return flat;
    }
    const lines = value.map((entry) => `${inner}${print(entry, dialect, inner, 0)}`);
    return `[\n${lines.join(',\n')}${dialect.trailingComma}\n${indent}]`;
  }
  const lines = Object.entries(value).map(([name, entry]) => {
    const key = dialect.key(name);
    return `${inner}${key}: ${print(entry, dialect, inner, key.length + 2)}`;
  });
  return `{\n${lines.join(',\n')}${dialect.trailingComma}\n${indent}}`;
}

/** JSON text of a committed file. Strings must need no escape. */
export function printJson(value: Printable): string {
  return `${print(value, JSON_DIALECT, '', 0)}\n`;
}

/** A TypeScript literal to follow a `const x: T = `. Strings must need no escape, names must be identifiers. */
export function printTypeScript(value: Printable): string {
  return print(value, TYPESCRIPT_DIALECT, '', 0);
}
