/**
 * Register-only loops, the yardstick of a kernel's inner loop: the instructions of a 4 x 8 tile on operands that never leave
 * their registers. No load, no store, so nothing but the processor's arithmetic ports limits them. Two forms, because compilers
 * and schedulers treat them differently; the faster one counts:
 *   held: four left and two right operands, as in the tile. Loop unrolling and peeling must be off, or a compiler computes the
 *         products once and for all.
 *   fed:  each product's operands are other accumulators, so no product is ever the same.
 */
const STEP = {
  d16: { type: 'i32x4', macs: 8, product: (x: string, y: string) => `i32x4.dot_i16x8_s(${x}, ${y})` },
  r16: {
    type: 'i32x4',
    macs: 16,
    product: (x: string, y: string) => `i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(${x}, ${y}), ones)`,
  },
  f32: { type: 'f32x4', macs: 4, product: (x: string, y: string) => `f32x4.mul(${x}, ${y})` },
} as const;

export type RegisterKernel = keyof typeof STEP;

const ROWS = [0, 1, 2, 3];
const COLUMNS = [0, 1];
/** With a product's own register, what an x64 host has left. */
const FED = Array.from({ length: 13 }, (_, i) => i);

/** Multiply-accumulates of one iteration. */
export const HELD_MACS = (kernel: RegisterKernel): number => STEP[kernel].macs * ROWS.length * COLUMNS.length;
export const FED_MACS = (kernel: RegisterKernel): number => STEP[kernel].macs * FED.length;

const sumOf = (names: readonly string[]): string =>
  `  let all = ${names[0]};\n${names
    .slice(1)
    .map((name) => `  all = v128.xor(all, ${name});\n`)
    .join('')}  return i32x4.extract_lane(all, 0);\n}\n`;

function held(kernel: RegisterKernel): string {
  const { type, product } = STEP[kernel];
  const cells = ROWS.flatMap((row) => COLUMNS.map((column) => ({ row, column, name: `s${row}${column}` })));
  return [
    `export function held_${kernel}(iterations: i32, at: usize): i32 {\n`,
    '  const ones = v128.load(at, 112);\n',
    ...ROWS.map((row) => `  const x${row} = v128.load(at, ${16 * row});\n`),
    ...COLUMNS.map((column) => `  const y${column} = v128.load(at, ${80 + 16 * column});\n`),
    ...cells.map(({ name }, i) => `  let ${name} = v128.load(at, ${128 + 16 * i});\n`),
    '  for (let i = 0; i < iterations; i++) {\n',
    ...cells.map(
      ({ row, column, name }) => `    ${name} = ${type}.add(${name}, ${product(`x${row}`, `y${column}`)});\n`,
    ),
    '  }\n',
    sumOf(cells.map(({ name }) => name)),
  ].join('');
}

function fed(kernel: RegisterKernel): string {
  const { type, product } = STEP[kernel];
  const name = (i: number): string => `s${i % FED.length}`;
  return [
    `export function fed_${kernel}(iterations: i32, at: usize): i32 {\n`,
    '  const ones = v128.load(at, 112);\n',
    ...FED.map((i) => `  let ${name(i)} = v128.load(at, ${128 + 16 * i});\n`),
    '  for (let i = 0; i < iterations; i++) {\n',
    ...FED.map((i) => `    ${name(i)} = ${type}.add(${name(i)}, ${product(name(i + 1), name(i + 2))});\n`),
    '  }\n',
    sumOf(FED.map(name)),
  ].join('');
}

/** AssemblyScript of both forms of each kernel. */
export const registerLoopSource = (kernels: readonly RegisterKernel[]): string =>
  kernels.map((kernel) => held(kernel) + fed(kernel)).join('');
