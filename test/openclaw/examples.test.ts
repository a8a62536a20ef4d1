import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readInputs } from '../../app/input/inputs';
import { dialectOf, type Facts, type OpenClawInstanceSpec, type WrittenInstance } from '../../constructs';
import { bootGateway } from './gateway';
import { handshake } from './handshake';
import { MISSING_OUTSIDE, outsideAddress, startNginx } from './proxy';
import { describeWith, MISSING_NGINX, type Release, RELEASES } from './releases';
import { type Rendered, WITHOUT_METRICS, renderInstance } from './rendered';
import { type ConfigVerdict, validateConfigs } from './validate';

const EXAMPLES = join(__dirname, '../../app/examples');
const MISSING = RELEASES.map(({ missing }) => missing);

/** An instance of an example file, with the facts that stand in the same file. */
interface Example {
  readonly name: string;
  readonly written: WrittenInstance;
  readonly facts: Facts;
}

function readExamples(): Example[] {
  return readdirSync(EXAMPLES).flatMap((file) => {
    const { instances, facts } = readFile(join(EXAMPLES, file));
    return instances.map(({ name, value, namespace }) => ({
      name: `${file}: ${name}`,
      written: value as unknown as WrittenInstance,
      facts: facts(namespace),
    }));
  });
}

function readFile(path: string) {
  const inputs = readInputs([path]);
  return { instances: inputs.instances, facts: (namespace: string | undefined) => inputs.facts(namespace) };
}

function withSpec(example: Example, change: (spec: OpenClawInstanceSpec) => OpenClawInstanceSpec): Example {
  return { ...example, written: { ...example.written, spec: change(example.written.spec ?? {}) } };
}

const renderExample = ({ written, facts }: Example): Rendered => renderInstance(written, facts);

/** The release that runs an instance: the one its tag names, else the newest of its dialect. */
function releaseFor({ instance }: Rendered): Release {
  const named = RELEASES.find(({ version }) => version === instance.spec.image.tag);
  const newest = RELEASES.findLast(({ version }) => dialectOf(version) === instance.dialect);
  const found = named ?? newest;
  if (found === undefined) throw new Error(`no release of dialect ${instance.dialect} in releases.json`);
  return found;
}

/** Verdicts by name of the example, each from the release that `releaseOf` picks. */
async function judge(examples: readonly Example[], releaseOf: (rendered: Rendered) => Release): Promise<Map<string, ConfigVerdict>> {
  const rendered = examples.map((example) => ({ name: example.name, ...renderExample(example) }));
  const verdicts = new Map<string, ConfigVerdict>();
  for (const release of RELEASES) {
    const its = rendered.filter((one) => releaseOf(one) === release);
    const found = await validateConfigs(
      release,
      its.map(({ configText }) => configText),
    );
    for (const [index, { name }] of its.entries()) verdicts.set(name, found[index] ?? { valid: false, issues: [] });
  }
  return verdicts;
}

const hasRootMcpServers = (rendered: Rendered): boolean => rendered.warnings.some(({ rule }) => rule === 'config/mcp-servers');

const examples = readExamples();
/** The reference's full example holds a key that no release knows; all others must be right as they stand. */
const [wrong, right] = [
  examples.filter((one) => hasRootMcpServers(renderExample(one))),
  examples.filter((one) => !hasRootMcpServers(renderExample(one))),
];

/** As the warning says: `mcp.servers` instead of a root `mcpServers`. */
const corrected = wrong.map((example) =>
  withSpec(example, ({ config, ...spec }) => {
    const { mcpServers, ...raw } = config?.raw ?? {};
    return { ...spec, config: { ...config, raw: { ...raw, mcp: { servers: mcpServers } } } };
  }),
);

describeWith('the openclaw.json of each example', MISSING, () => {
  let verdicts: Map<string, ConfigVerdict>;

  beforeAll(async () => {
    verdicts = await judge([...examples, ...corrected.map((one) => ({ ...one, name: `${one.name}, corrected` }))], releaseFor);
  }, 120_000);

  test.each(right.map(({ name }) => name))('T-Q9 is accepted by the release that its tag names: %s', (name) => {
    expect(verdicts.get(name)).toEqual({ valid: true, issues: [] });
  });

  test('is refused in the full example of the reference, for its root mcpServers alone', () => {
    expect(wrong.map(({ name }) => name)).toEqual(['full.yaml: my-assistant']);
    const { valid, issues = [] } = verdicts.get('full.yaml: my-assistant') ?? {};
    expect(valid).toBe(false);
    expect(issues).toEqual([{ path: '', message: 'Unrecognized key: "mcpServers"' }]);
    expect(verdicts.get('full.yaml: my-assistant, corrected')).toEqual({ valid: true, issues: [] });
  });
});

describe.each(RELEASES)('on $version', (release) => {
  describeWith('each example without its own config', [release.missing], () => {
    let verdicts: Map<string, ConfigVerdict>;

    /** What a user wrote is for one release; what we add to it must suit each. */
    const ours = examples.map((example) =>
      withSpec(example, ({ config: _config, ...spec }) => ({ ...spec, image: { ...spec.image, tag: release.version } })),
    );

    beforeAll(async () => {
      verdicts = await judge(ours, () => release);
    }, 180_000);

    test.each(ours.map(({ name }) => name))('gets an openclaw.json that is accepted: %s', (name) => {
      expect(verdicts.get(name)).toEqual({ valid: true, issues: [] });
    });
  });
});

describeWith('the full example of the reference, corrected', [...MISSING, MISSING_NGINX, MISSING_OUTSIDE], () => {
  test('runs, and greets a client that comes through the proxy', async () => {
    const [example] = corrected;
    if (example === undefined) throw new Error('no example has a root mcpServers');
    const rendered = renderExample(
      withSpec(example, (spec) => ({ ...spec, observability: { ...spec.observability, ...WITHOUT_METRICS } })),
    );
    const release = releaseFor(rendered);
    const gateway = await bootGateway(release, { ...rendered, token: 'examples-token-0123456789' });
    const nginx = await startNginx(rendered.nginxConf, gateway.port);
    const headers = { Host: 'openclaw.example.com' };
    const result = await handshake(release, {
      host: outsideAddress(),
      port: nginx.gatewayPort,
      token: 'examples-token-0123456789',
      headers,
    });
    expect(result).toMatchObject({ ok: true, hello: { type: 'hello-ok' } });
    expect(await nginx.stop()).toEqual({ code: 0, signal: null });
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  }, 150_000);
});
