import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, JsonPatch, Lazy, Testing, YamlOutputType } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import {
  type Instance,
  type Manifest,
  OpenClaw,
  OpenClawChart,
  type OpenClawInstanceSpec,
  WireChart,
  WireObject,
  render,
  resolve,
} from '../../constructs';
import { writeYaml } from '../../constructs/wire/yaml/write-yaml';
import { full } from '../bench/instances.cjs';

function instanceOf(name: string, spec: OpenClawInstanceSpec = {}, namespace?: string): Instance {
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const resolution = resolve({ apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata, spec });
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return resolution.instance;
}

function fullInstance(name: string): Instance {
  return instanceOf(name, full(name).spec, 'team-a');
}

function identities(manifests: readonly Manifest[]): string[] {
  return manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

function withoutService(manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter(({ kind }) => kind !== 'Service');
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-claw-chart-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('an OpenClawChart', () => {
  test('renders what render() renders', () => {
    const instance = fullInstance('alice');

    const manifests = new OpenClawChart(new App(), 'any-id', { instance }).toJson();

    expect(JSON.stringify(manifests)).toBe(JSON.stringify(render(instance)));
  });

  test('renders on the short way what the stock chart renders, in the order of application', () => {
    const chart = new OpenClawChart(new App(), 'alice', { instance: fullInstance('alice') });
    const stock = Chart.prototype.toJson.call(chart) as Manifest[];

    const manifests = chart.toJson();

    expect(identities(manifests).toSorted()).toEqual(identities(stock).toSorted());
    expect(manifests.toSorted(byIdentity)).toEqual(stock.toSorted(byIdentity));
    expect(identities(manifests).indexOf('ConfigMap/alice-config')).toBeLessThan(identities(manifests).indexOf('StatefulSet/alice'));
  });

  test('renders the same every time it is asked', () => {
    const chart = new OpenClawChart(new App(), 'alice', { instance: fullInstance('alice') });

    expect(JSON.stringify(chart.toJson())).toBe(JSON.stringify(chart.toJson()));
  });

  test('Testing.synth, synthYaml and synth give the same objects', () => {
    const app = new App({ outdir: folder });
    const chart = new OpenClawChart(app, 'alice', { instance: fullInstance('alice') });

    app.synth();

    const manifests = Testing.synth(chart) as Manifest[];
    const text = manifests.map((manifest) => writeYaml(manifest)).join('---\n');
    expect(readdirSync(folder)).toEqual(['alice.k8s.yaml']);
    expect(readFileSync(join(folder, 'alice.k8s.yaml'), 'utf8')).toBe(text);
    expect(app.synthYaml()).toBe(text);
  });

  test('there are no anchors in the YAML of cdk8s', () => {
    const app = new App();
    new OpenClawChart(app, 'alice', { instance: fullInstance('alice') });

    expect(app.synthYaml()).not.toMatch(/: [&*][a-z0-9]+$/m);
  });

  test.each([
    ['one file an App', YamlOutputType.FILE_PER_APP, 1],
    ['one file an object', YamlOutputType.FILE_PER_RESOURCE, 17],
    ['a folder a chart', YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE, 1],
  ])('synth writes %s', (_, yamlOutputType, count) => {
    const app = new App({ outdir: folder, yamlOutputType });
    new OpenClawChart(app, 'alice', { instance: fullInstance('alice') });

    app.synth();

    expect(readdirSync(folder)).toHaveLength(count);
  });

  test('labels of the chart are on every object, and change no selector and no pod', () => {
    const instance = instanceOf('alice');
    const labelled = new OpenClawChart(new App(), 'alice', { instance, labels: { team: 'a' } }).toJson();

    for (const { metadata } of labelled) expect(metadata.labels).toMatchObject({ team: 'a', 'app.kubernetes.io/instance': 'alice' });
    const [with_, without] = [labelled, render(instance)].map((set) => set.find(({ kind }) => kind === 'StatefulSet')!['spec']);
    expect(with_).toEqual(without);
  });

  test('a JSON patch reaches any object', () => {
    const chart = new OpenClawChart(new App(), 'alice', { instance: fullInstance('alice') });
    const objects = chart.node.findAll().filter((construct): construct is ApiObject => ApiObject.isApiObject(construct));

    for (const object of objects) object.addJsonPatch(JsonPatch.add('/metadata/annotations', { patched: object.node.path }));

    const manifests = chart.toJson();
    expect(manifests).toHaveLength(objects.length);
    expect(manifests.map(({ metadata }) => metadata.annotations!['patched']).toSorted()).toEqual(
      objects.map(({ node }) => node.path).toSorted(),
    );
  });

  test('a patch changes its object and no other', () => {
    const instance = instanceOf('alice');
    const chart = new OpenClawChart(new App(), 'alice', { instance });

    (chart.node.findChild('Service') as ApiObject).addJsonPatch(JsonPatch.add('/spec/sessionAffinity', 'ClientIP'));

    expect(JSON.stringify(withoutService(chart.toJson()))).toBe(JSON.stringify(withoutService(render(instance))));
    expect(chart.toJson().find(({ kind }) => kind === 'Service')).toMatchObject({ spec: { sessionAffinity: 'ClientIP' } });
  });

  test('labels, annotations and Lazy values are added to the metadata of any object', () => {
    const chart = new OpenClawChart(new App(), 'alice', { instance: instanceOf('alice') });
    const { metadata } = chart.node.findChild('Data') as ApiObject;

    metadata.addLabel('tier', 'gold');
    metadata.addAnnotation('owner', Lazy.any({ produce: () => 'late' }) as string);

    expect(chart.toJson().find(({ kind }) => kind === 'PersistentVolumeClaim')!.metadata).toMatchObject({
      labels: { tier: 'gold' },
      annotations: { owner: 'late' },
    });
  });

  test('objects of other classes may stand in it', () => {
    const instance = instanceOf('alice', {}, 'team-a');
    const chart = new OpenClawChart(new App(), 'alice', { instance });
    new kplus.ConfigMap(chart, 'Mine', { metadata: { name: 'mine' }, data: { a: 'b' } });

    const manifests = chart.toJson();

    expect(manifests.find(({ metadata }) => metadata.name === 'mine')).toMatchObject({
      metadata: { namespace: 'team-a' },
      data: { a: 'b' },
    });
    expect(manifests.filter(({ metadata }) => metadata.name !== 'mine').toSorted(byIdentity)).toEqual(
      render(instance).toSorted(byIdentity),
    );
  });

  test('a wire object of the author is ordered like ours', () => {
    const chart = new OpenClawChart(new App(), 'alice', { instance: instanceOf('alice') });
    new WireObject(chart, 'Mine', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mine' },
      produce: () => ({ data: { a: 'b' } }),
    });

    const names = identities(chart.toJson());

    expect(names.indexOf('ConfigMap/mine')).toBeGreaterThan(names.indexOf('ConfigMap/alice-config'));
    expect(names.indexOf('ConfigMap/mine')).toBeLessThan(names.indexOf('StatefulSet/alice'));
  });

  test('a dependency is kept', () => {
    const chart = new OpenClawChart(new App(), 'alice', { instance: instanceOf('alice') });
    const first = new ApiObject(chart, 'Zz', { apiVersion: 'v1', kind: 'Zz', metadata: { name: 'zz' } });

    chart.node.findChild('ServiceAccount').node.addDependency(first);

    const names = identities(chart.toJson());
    expect(names.indexOf('Zz/zz')).toBeLessThan(names.indexOf('ServiceAccount/alice'));
  });

  test('a dependency between our own objects is kept', () => {
    const chart = new OpenClawChart(new App(), 'alice', { instance: instanceOf('alice') });

    chart.node.findChild('ServiceAccount').node.addDependency(chart.node.findChild('StatefulSet'));

    const names = identities(chart.toJson());
    expect(names.indexOf('StatefulSet/alice')).toBeLessThan(names.indexOf('ServiceAccount/alice'));
  });

  test('a validation of the author stops synthesis', () => {
    const app = new App({ outdir: folder });
    const chart = new OpenClawChart(app, 'alice', { instance: instanceOf('alice') });

    chart.node.addValidation({ validate: () => ['not on a Friday'] });

    expect(() => chart.toJson()).toThrow('[alice] not on a Friday');
    expect(() => app.synth()).toThrow('[alice] not on a Friday');
  });

  test('a chart inside it keeps its objects to itself', () => {
    const instance = instanceOf('alice');
    const app = new App();
    const chart = new OpenClawChart(app, 'alice', { instance });
    const inner = new Chart(chart, 'inner');
    new ApiObject(inner, 'Mine', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' } });

    expect(chart.toJson().toSorted(byIdentity)).toEqual(render(instance).toSorted(byIdentity));
    expect(identities(inner.toJson() as Manifest[])).toEqual(['ConfigMap/mine']);
  });
});

describe('many in one App', () => {
  test('several OpenClaws share a chart', () => {
    const chart = new Chart(new App(), 'team', { namespace: 'team-a' });
    new OpenClaw(chart, 'alice');
    new OpenClaw(chart, 'bob', { chromium: { enabled: true } });

    const names = (Testing.synth(chart) as Manifest[]).map(({ kind, metadata }) => `${kind}/${metadata.name}`);

    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['StatefulSet/alice', 'StatefulSet/bob', 'Service/bob-cdp']));
  });

  test('each chart has the bytes that it has alone', () => {
    const app = new App();
    const charts = ['alice', 'bob'].map((name) => new OpenClawChart(app, name, { instance: fullInstance(name) }));

    for (const chart of charts) expect(JSON.stringify(chart.toJson())).toBe(JSON.stringify(render(fullInstance(chart.node.id))));
  });

  test('a chart looks at no other chart, so that the cost of many is linear', () => {
    const app = new App();
    const [first] = Array.from({ length: 20 }, (_, index) => new OpenClawChart(app, `a${index}`, { instance: instanceOf(`a${index}`) }));
    let looks = 0;
    for (const chart of app.node.children.slice(1)) chart.node.addValidation({ validate: () => ((looks += 1), []) });

    first!.toJson();

    expect(looks).toBe(0);
  });
});

describe('a WireChart', () => {
  test('renders the OpenClaws of an author as the stock chart does, in the order of application', () => {
    const [own, stock] = [new WireChart(new App(), 'team', { namespace: 'team-a' }), new Chart(new App(), 'team', { namespace: 'team-a' })];
    for (const chart of [own, stock]) {
      new OpenClaw(chart, 'alice', { chromium: { enabled: true } });
      new OpenClaw(chart, 'bob');
    }

    const manifests = own.toJson();

    expect(manifests.toSorted(byIdentity)).toEqual((Testing.synth(stock) as Manifest[]).toSorted(byIdentity));
    expect(identities(manifests).indexOf('ConfigMap/bob-config')).toBeLessThan(identities(manifests).indexOf('StatefulSet/alice'));
  });

  test('looks at no other chart, asked for names or not', () => {
    const app = new App();
    const chart = new WireChart(app, 'own');
    const openclaw = new OpenClaw(chart, 'alice');
    const other = new Chart(app, 'other');
    other.node.addValidation({ validate: () => ['asked'] });

    expect(openclaw.service.name).toBe('alice');
    expect(openclaw.serviceAccount.name).toBe('alice');
    expect(chart.toJson().length).toBeGreaterThan(5);
    expect(() => Testing.synth(other)).toThrow('asked');
  });
});

/** Renders the full instance in a process of its own and prints what cdk8s writes and what we write. */
function bytesIn(env: Readonly<Record<string, string>>): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(__dirname, 'print-manifests.cjs')], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

test('the environment changes no byte', () => {
  const plain = bytesIn({});

  expect(plain.length).toBeGreaterThan(50_000);
  expect(
    bytesIn({
      CDK8S_DISABLE_SORT: '1',
      CDK8S_LEGACY_HASH: '1',
      CDK8S_RECORD_CONSTRUCT_METADATA: 'true',
      TZ: 'Pacific/Kiritimati',
      LANG: 'tr_TR.UTF-8',
      LC_ALL: 'sv_SE.UTF-8',
      NODE_ENV: 'production',
      HOME: '/nonexistent',
    }),
  ).toBe(plain);
});

function byIdentity(a: Manifest, b: Manifest): number {
  return `${a.kind}/${a.metadata.name}` < `${b.kind}/${b.metadata.name}` ? -1 : 1;
}
