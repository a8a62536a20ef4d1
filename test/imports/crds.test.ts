import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { importsFolder, nodes, plurals, type Schema } from './schemas';

interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly scope: string;
    readonly names: { readonly kind: string; readonly shortNames?: readonly string[]; readonly categories: readonly string[] };
    readonly versions: readonly {
      readonly name: string;
      readonly subresources: object;
      readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string; readonly priority?: number }[];
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const folder = join(importsFolder, 'crds');
const limit = 256 * 1024;

function read(plural: string): Crd {
  const crd: Crd = parse(readFileSync(join(folder, `${plural}.yaml`), 'utf8'));
  return crd;
}

/** A field of spec or status; the schema of an item or of a map's value needs no text of its own. */
const isField = (path: string): boolean => /^(spec|status)/.test(path) && !/(\[\]|\{\})$/.test(path);

describe.each(plurals)('%s', (plural) => {
  const crd = read(plural);
  const [version, ...others] = crd.spec.versions;

  test('T-Q2 fits into what plain kubectl apply stores', () => {
    expect(statSync(join(folder, `${plural}.yaml`)).size).toBeLessThan(limit);
    expect(Buffer.byteLength(JSON.stringify(crd))).toBeLessThan(limit - 1024);
  });

  test('is v1alpha1 alone, has a status subresource and stands in the category openclaw', () => {
    expect(crd.metadata.name).toBe(`${plural}.openclaw.rocks`);
    expect([version?.name, others]).toEqual(['v1alpha1', []]);
    expect(version?.subresources).toEqual({ status: {} });
    expect(crd.spec.names.categories).toEqual(['openclaw']);
  });

  test('describes every field of our own, and none of the embedded types', () => {
    const all = nodes(version?.schema.openAPIV3Schema ?? {});
    const inside = all.filter(({ schema }) => schema['x-kubernetes-preserve-unknown-fields'] === true).map(({ path }) => path);
    const embedded = (path: string): boolean => inside.some((outer) => path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`));
    const names = all.filter((node) => isField(node.path) && !embedded(node.path) && !node.path.startsWith('status.managedResources.'));
    expect(names.filter(({ schema }) => schema.description === undefined).map(({ path }) => path)).toEqual([]);
    expect(
      all.filter((node) => embedded(node.path) && node.schema.description !== undefined && node.path !== 'spec.configPatch.gateway'),
    ).toEqual([]);
  });

  test('carries no marker of ours', () => {
    expect(readFileSync(join(folder, `${plural}.yaml`), 'utf8')).not.toMatch(
      /x-(?!kubernetes-(validations|list-|map-|preserve-|int-))[a-z]+[a-z-]*:/,
    );
  });
});

test('columns, scopes and short names are those of the reference', () => {
  const told = plurals.map(read).map(({ spec }) => ({
    kind: spec.names.kind,
    scope: spec.scope,
    short: spec.names.shortNames,
    columns: spec.versions.flatMap(({ additionalPrinterColumns }) =>
      // Ours are shown by `-o wide` alone.
      additionalPrinterColumns.map(({ name, jsonPath, priority }) => `${name} ${jsonPath}${priority === 1 ? ' wide' : ''}`),
    ),
  }));
  expect(told).toEqual([
    {
      kind: 'OpenClawInstance',
      scope: 'Namespaced',
      short: undefined,
      columns: [
        'Phase .status.phase',
        "Ready .status.conditions[?(@.type=='Ready')].status",
        'Pull Request .status.git.pullRequest.url wide',
        'Gateway .status.gatewayEndpoint',
        'Age .metadata.creationTimestamp',
      ],
    },
    {
      kind: 'OpenClawSelfConfig',
      scope: 'Namespaced',
      short: ['ocsc'],
      columns: ['Instance .spec.instanceRef', 'Phase .status.phase', 'Age .metadata.creationTimestamp'],
    },
    {
      kind: 'OpenClawClusterDefaults',
      scope: 'Cluster',
      short: ['occd'],
      columns: ['Registry .spec.registry', 'Age .metadata.creationTimestamp'],
    },
  ]);
});

test('all.yaml holds the same CRDs, and no other file stands there', () => {
  const documents = parseAllDocuments(readFileSync(join(folder, 'all.yaml'), 'utf8'));
  if (!Array.isArray(documents)) throw new Error('all.yaml is empty');
  expect(documents.map((document): unknown => document.toJS())).toEqual(plurals.map(read));
  expect(readdirSync(folder).toSorted()).toEqual(['all.yaml', ...plurals.map((plural) => `${plural}.yaml`)].toSorted());
});
