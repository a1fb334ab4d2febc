/**
 * The purity check: `node tools/check-purity.ts [root]`.
 *
 * The rules in protocol/ must give the same bytes in Node, in workerd and in a browser, today and at any replay. So they
 * may not read a clock, draw randomness, do I/O, ask for the locale, or use arithmetic that engines round differently.
 * tsc refuses most of this already (protocol/tsconfig.json knows ES2024 alone); this check also refuses what ES2024 itself
 * offers, and what a cast would hide.
 */
import { readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import ts from 'typescript';
import { LAYERS } from './layers.ts';
import { isMain, report } from './report.ts';
import { sourceFiles } from './source-files.ts';

const FOLDER = 'protocol';

/**
 * Names that reach a clock, entropy, I/O, the locale or another realm. Refused as values even when declared locally. Names that
 * are also good nouns (window, request, worker) are left to tsc, which does not know them as globals here.
 */
const REFUSED_NAMES = new Set([
  ...['Date', 'performance', 'Intl', 'Temporal', 'WeakRef', 'FinalizationRegistry'],
  ...['crypto', 'Crypto', 'SubtleCrypto', 'fetch', 'XMLHttpRequest', 'WebSocket', 'navigator'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'structuredClone'],
  ...['TextEncoder', 'TextDecoder', 'Buffer', 'process', 'console', 'btoa', 'atob'],
  ...['globalThis', 'require', 'eval', 'Function', 'WebAssembly', 'Atomics'],
]);

/** The functions of Math that IEEE 754 or ECMAScript define to the bit; exp, log, pow, sin and their kin are not. */
const EXACT_MATH = new Set('abs ceil floor trunc round sign min max imul clz32 fround sqrt'.split(' '));

/** Members that draw randomness in the permitted packages, or answer by locale. */
const REFUSED_MEMBER =
  /^(random(Bytes\w*|SecretKey|PrivateKey|UUID)|getRandomValues|keygen|localeCompare|toLocale\w+)$/;

/** One line a fault in `text`, "path:line: reason". `path` is from the root, with forward slashes. */
export function purityFaultsIn(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2024, true);
  const faults: string[] = typeEscapesIn(source).map((reason) => `${path}:1: ${reason}`);
  const visit = (node: ts.Node): void => {
    const reason = faultOf(node, path);
    if (reason !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      faults.push(`${path}:${line + 1}: ${reason}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return faults;
}

export function purityFaults(root: string): string[] {
  const files = sourceFiles(root, FOLDER);
  if (files.length === 0) return [`${root}: no source file in ${FOLDER}/`];
  return files.flatMap((path) => purityFaultsIn(path, readFileSync(join(root, path), 'utf8')));
}

/** What would let tsc see names that ES2024 does not have, or look away. */
function typeEscapesIn(source: ts.SourceFile): string[] {
  const references = [...source.libReferenceDirectives, ...source.typeReferenceDirectives, ...source.referencedFiles];
  return [
    ...references.map((reference) => `reference to ${reference.fileName}`),
    ...[...source.text.matchAll(/@ts-(ignore|expect-error|nocheck)/g)].map(([comment]) => comment),
  ];
}

function faultOf(node: ts.Node, path: string): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return importFault(node.moduleSpecifier, path);
  if (ts.isImportTypeNode(node)) return 'import() as a type: use `import type`';
  if (ts.isImportEqualsDeclaration(node)) return 'import = require()';
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return 'import.meta';
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'dynamic import';
  if (ts.isIdentifier(node)) return identifierFault(node);
  if (ts.canHaveModifiers(node) && isDeclared(node)) return 'declare (only a unique symbol, for a brand, may be)';
  // A member reached by a string would hide its name: Math['random'], bytes['toLocaleString'].
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return REFUSED_MEMBER.test(node.argumentExpression.text) ? `member ${node.argumentExpression.text}` : undefined;
  }
  return undefined;
}

function isDeclared(node: ts.HasModifiers): boolean {
  if (!ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword)) return false;
  const isBrand = ({ type }: ts.VariableDeclaration) =>
    type !== undefined && ts.isTypeOperatorNode(type) && type.operator === ts.SyntaxKind.UniqueKeyword;
  return !(ts.isVariableStatement(node) && node.declarationList.declarations.every(isBrand));
}

function importFault(specifier: ts.Expression | undefined, path: string): string | undefined {
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return undefined;
  const name = specifier.text;
  if (name.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(path), name));
    return target.startsWith(`${FOLDER}/`) ? undefined : `import of ${name}, outside ${FOLDER}/`;
  }
  const allowed = LAYERS.find((layer) => layer.folder === FOLDER)?.packages ?? [];
  const matches = (pattern: string) =>
    pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern || name.startsWith(`${pattern}/`);
  return allowed.some(matches) ? undefined : `import of ${name}`;
}

function identifierFault(node: ts.Identifier): string | undefined {
  const name = node.text;
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return REFUSED_MEMBER.test(name) ? `member ${name}` : undefined;
  }
  // The name of a field, a method or a type member is only a name; so is one inside a type.
  if (isMemberName(node) || ts.isTypeReferenceNode(parent)) return undefined;
  if (REFUSED_NAMES.has(name)) return `${name} (clock, entropy, I/O, locale or another realm)`;
  if (ts.isImportSpecifier(parent) || ts.isBindingElement(parent)) {
    const imported = (parent.propertyName ?? parent.name) === node;
    return imported && REFUSED_MEMBER.test(name) ? `member ${name}` : undefined;
  }
  if (name === 'Math') {
    const exact = ts.isPropertyAccessExpression(parent) && EXACT_MATH.has(parent.name.text);
    return exact ? undefined : `Math${memberText(parent)} (not defined to the bit, or not to be passed around)`;
  }
  return undefined;
}

function isMemberName(node: ts.Identifier): boolean {
  const parent = node.parent;
  const named =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessorDeclaration(parent) ||
    ts.isSetAccessorDeclaration(parent);
  if (named) return parent.name === node;
  return ts.isQualifiedName(parent) || ts.isTypeElement(parent) || ts.isNamedTupleMember(parent);
}

const memberText = (node: ts.Node) => (ts.isPropertyAccessExpression(node) ? `.${node.name.text}` : '');

if (isMain(import.meta)) report('purity', purityFaults(resolve(process.argv[2] ?? '.')));
