import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  annotations,
  dashboardKeys,
  engineAnnotations,
  jobLabelKeys,
  labels,
  containers,
  objectNames,
  ports,
  volumes,
} from '../../constructs/wire/names';
import type { JsonObject } from '../../constructs/spec/json';
import { examples, renderExample } from '../golden/examples';
import { ROOT, pageText, quoted, tableUnder } from './pages';

describe('docs/objects.md', () => {
  const rendered = examples().flatMap((example) =>
    renderExample(example).manifests.map((manifest) => ({ instance: example.instance.metadata.name, manifest: manifest as JsonObject })),
  );

  /** `Service N-cdp` for each object of all examples. */
  function objects(): string[] {
    const names = rendered.map(({ instance, manifest }) => {
      const { name } = manifest['metadata'] as { name: string };
      const short = name === instance || name.startsWith(`${instance}-`) ? `N${name.slice(instance.length)}` : name;
      return `${String(manifest['kind'])} ${short}`;
    });
    return [...new Set(names)].toSorted();
  }

  it('names every object of the examples, and no other', () => {
    const named = tableUnder('docs/objects.md', 'Objects')
      .filter(([, name]) => name?.startsWith('`N'))
      .filter(([kind]) => !kind?.startsWith('`'))
      .flatMap(([kinds = '', names]) =>
        kinds
          .replaceAll(/ \([^)]*\)/g, '')
          .split(', ')
          .flatMap((kind) => quoted(names).map((name) => `${kind} ${name}`)),
      );
    expect(named.toSorted()).toEqual(objects());
  });

  it('names the Secrets that must exist', () => {
    const named = tableUnder('docs/objects.md', 'Objects').flatMap(([name]) => quoted(name));
    expect(named).toEqual([
      objectNames.gatewayToken('N'),
      objectNames.s3Credentials('N'),
      objectNames.basicAuth('N'),
      objectNames.tailscaleState('N'),
    ]);
  });

  it('names every port', () => {
    expect(
      tableUnder('docs/objects.md', 'Ports')
        .map(([port]) => Number(port))
        .toSorted(),
    ).toEqual(Object.values(ports).toSorted());
  });

  it('names every container', () => {
    const named = tableUnder('docs/objects.md', 'Containers').flatMap(([name]) => quoted(name));
    expect(named.toSorted()).toEqual(Object.values(containers).toSorted());
  });

  it('names the image of each container as it is rendered', () => {
    const images = new Set(JSON.stringify(rendered).match(/"image":"[^"]+"/g));
    const named = tableUnder('docs/objects.md', 'Containers').flatMap(([, , image]) => quoted(image));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => ![...images].some((image) => image.startsWith(`"image":"${name}`)))).toEqual([]);
  });

  it('names every volume', () => {
    const named = tableUnder('docs/objects.md', 'Volumes').flatMap(([name]) => quoted(name));
    expect(named.filter((name) => !name.startsWith('workspace-source')).toSorted()).toEqual(Object.values(volumes).toSorted());
  });

  it('names every annotation, and the labels of an object', () => {
    const named = tableUnder('docs/objects.md', 'Labels and annotations').flatMap(([key]) => quoted(key));
    const all = [labels, jobLabelKeys, dashboardKeys, annotations, engineAnnotations].flatMap((keys): string[] => Object.values(keys));
    expect(named.toSorted()).toEqual(all.toSorted());
  });
});

/** Every rule that a source file names. */
function rulesOfSources(): string[] {
  const files = ['constructs', 'app'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
  );
  const sources = files.join('\n');
  const named = [
    ...[...sources.matchAll(/\b(?:error|errorOutside|warning|stopping|found)\([^;]*?'([a-z][a-z-]*(?:\/[a-z-]+)?)',/g)].map(
      ([, rule]) => rule,
    ),
    ...[...sources.matchAll(/'((?:schema|rule|pod-security)\/[a-z-]+)'/g)].map(([, rule]) => rule),
    ...[...sources.matchAll(/new Mistakes\('([a-z/-]+)'\)/g)].map(([, rule]) => rule),
    ...[...sources.matchAll(/\.add\('([a-z-]+)'/g)].map(([, rule]) => `schema/${rule}`),
    ...[...sources.matchAll(/\brule: '([a-z-]+(?:\/[a-z-]+)?)'/g)].map(([, rule]) => rule),
  ];
  // A call that is given its severity has that word where others have the rule.
  const severities = new Set<string | undefined>(['error', 'warning', undefined]);
  return [...new Set(named)].filter((rule) => rule !== undefined && !severities.has(rule)).toSorted() as string[];
}

describe('docs/errors.md', () => {
  it('names every rule, and no other', () => {
    const named = tableUnder('docs/errors.md', 'Rules').flatMap(([rules]) => quoted(rules));
    expect(named.toSorted()).toEqual(rulesOfSources());
  });
});

describe('docs/reference.md', () => {
  it('is fresh', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'docs', 'generate.mjs'), '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('has every field of the generated CRD that is ours', () => {
    const text = pageText('docs/reference.md');
    for (const path of [
      'spec.image.tag',
      'spec.networking.ingress.hosts[].paths[].port',
      'spec.workspace.additionalWorkspaces[].name',
      'status.phase',
    ]) {
      expect(text).toContain(`| \`${path}\` |`);
    }
  });
});
