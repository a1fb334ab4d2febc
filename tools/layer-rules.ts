import type { IForbiddenRuleType } from 'dependency-cruiser';
import { ASSEMBLY_FOLDER, BUILDER_FILES, BUILDER_PACKAGES, LAYERS, type Layer } from './layers.ts';

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const under = (folders: readonly string[]) => `^(${folders.map(literal).join('|')})/`;
const builder = `^(${BUILDER_FILES.map(literal).join('|')})$`;

/** Matches a package that was found (its path) and one that was not (its bare name). Paths and `cloudflare:` have rules of their own. */
function packagePattern(packages: readonly string[]): string {
  const names = packages.map((name) => (name.endsWith('/*') ? `${literal(name.slice(0, -1))}[^/]+` : literal(name)));
  return `(^|node_modules/)(${['\\.\\.?', 'cloudflare:[a-z]+', ...names].join('|')})(/|$)`;
}

function rulesOf(layer: Layer): IForbiddenRuleType[] {
  const from = { path: under([layer.folder]) };
  const rules: IForbiddenRuleType[] = [
    {
      name: `layer-${layer.folder}`,
      severity: 'error',
      comment: `${layer.folder}/ may import ${['itself', ...layer.may].join(', ')}`,
      from,
      to: { dependencyTypes: ['local'], pathNot: under([layer.folder, ...layer.may]) },
    },
  ];
  if (layer.packages.includes('*')) return rules;
  const packageRule = (name: string, from: object, packages: readonly string[]): IForbiddenRuleType => ({
    name,
    severity: 'error',
    comment: `${layer.folder}/ may use ${packages.length === 0 ? 'no package' : packages.join(', ')}`,
    from,
    to: { dependencyTypesNot: ['local', 'core'], pathNot: packagePattern(packages) },
  });
  rules.push(packageRule(`packages-${layer.folder}`, { ...from, pathNot: builder }, layer.packages));
  const builders = BUILDER_FILES.filter((path) => path.startsWith(`${layer.folder}/`)).map(
    (path) => `^${literal(path)}$`,
  );
  if (builders.length > 0) {
    const packages = [...layer.packages, ...BUILDER_PACKAGES];
    rules.push(packageRule(`packages-${layer.folder}-builder`, { path: builders }, packages));
  }
  if (!layer.builtins) {
    rules.push({
      name: `builtins-${layer.folder}`,
      severity: 'error',
      comment: `${layer.folder}/ runs where Node's modules are not at hand (${BUILDER_FILES.join(', ')} excepted)`,
      from: { ...from, pathNot: builder },
      to: { dependencyTypes: ['core'] },
    });
  }
  return rules;
}

const GENERAL: readonly IForbiddenRuleType[] = [
  { name: 'no-cycle', severity: 'error', comment: 'No two files import each other', from: {}, to: { circular: true } },
  {
    name: 'no-test-in-what-ships',
    severity: 'error',
    comment: 'Nothing that ships imports test/',
    from: { pathNot: '^test/' },
    to: { path: '^test/' },
  },
  {
    name: 'cloudflare-modules',
    severity: 'error',
    comment: 'Only workers/ and durable-objects/ run inside workerd alone',
    from: { pathNot: under(['workers', 'durable-objects']) },
    to: { path: '^cloudflare:' },
  },
  {
    name: 'no-unresolved',
    severity: 'error',
    comment: 'An import that is not found cannot be judged (built .wasm and generated files: run npm run build first)',
    from: {},
    to: { couldNotResolve: true, pathNot: '^cloudflare:' },
  },
];

export const forbidden: readonly IForbiddenRuleType[] = [...GENERAL, ...LAYERS.flatMap(rulesOf)];

/** dependency-cruiser's options, shared by the check and by the `depcruise` command. */
export const options = {
  doNotFollow: { path: 'node_modules' },
  exclude: { path: `(^|/)${ASSEMBLY_FOLDER}/|/dist/.*\\.m?js$` },
  // Type-only imports are imports too: a layer that knows another's types depends on it.
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    conditionNames: ['workerd', 'worker', 'browser', 'import', 'node', 'default', 'types'],
    extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.wasm', '.d.ts'],
  },
} as const;
