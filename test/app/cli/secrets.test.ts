import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { runCommand } from '../../../app/cli/command';
import { type Run, folderWith, instanceYaml, removeFolders } from '../program';

afterAll(removeFolders);

const spec = `{image: {tag: "2026.9.6", pullSecrets: [{name: registry}]}, env: [{name: K, valueFrom: {secretKeyRef: {name: keys, key: openai}}}], envFrom: [{secretRef: {name: more}}]}`;
const OPENAI = 'hush-0123456789';

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
}

async function secrets(args: readonly string[], { env = {}, isTerminal = false }: Options = {}): Promise<Run> {
  const file = join(folderWith({ 'alice.yaml': instanceYaml('alice', { spec }) }), 'alice.yaml');
  let [stdout, stderr] = ['', ''];
  const streams = {
    stdout: (text: string) => (stdout += text),
    stderr: (text: string) => (stderr += text),
    isTerminal: false,
    stdoutIsTerminal: isTerminal,
  };
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    const code = await runCommand(['secrets', ...args, file], streams, () => '');
    return { code, stdout: stdout.replaceAll(file, 'alice.yaml'), stderr };
  } finally {
    process.env = before;
  }
}

function objects(text: string): Record<string, unknown>[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
}

it('are named with their keys, and with the variables that have the values', async () => {
  const { stdout } = await secrets([]);
  expect(stdout).toContain('Secret team-a/alice-gateway-token (gateway token)\n  token: made at random\n');
  expect(stdout).toContain('Secret team-a/keys (variable K)\n  openai: from the variable KEYS_OPENAI\n');
  expect(stdout).toMatch(/Secret team-a\/more \(.*\)\n {2}its keys are yours to choose\n/);
});

it.each([
  ['kubectl', 'openclaw-cdk8s secrets -o yaml --only team-a/keys alice.yaml | kubectl create -f -\n'],
  ['kubeseal', 'openclaw-cdk8s secrets -o yaml --only team-a/keys alice.yaml | kubeseal --format yaml > team-a.keys.sealed.yaml\n'],
  [
    'sops',
    'openclaw-cdk8s secrets -o yaml --only team-a/keys alice.yaml | sops encrypt --filename-override team-a.keys.yaml > team-a.keys.sops.yaml\n',
  ],
])('become commands for %s, without a value in them', async (format, expected) => {
  const { stdout, stderr } = await secrets(['-o', format], { env: { KEYS_OPENAI: OPENAI } });
  expect(stdout).toContain(expected);
  expect(stdout).not.toContain(OPENAI);
  expect(stderr).toBe('Secret team-a/more: its keys are yours to choose: it is left out\n');
});

it('go into a pipe with values: those of variables, and random ones that are new each time', async () => {
  const env = { KEYS_OPENAI: OPENAI, REGISTRY__DOCKERCONFIGJSON: '{"auths":{}}' };
  const [one, other] = [await secrets(['-o', 'yaml'], { env }), await secrets(['-o', 'yaml'], { env })];
  expect(objects(one.stdout)).toEqual(
    expect.arrayContaining([
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', namespace: 'team-a' }, type: 'Opaque', stringData: { openai: OPENAI } },
      expect.objectContaining({
        metadata: { name: 'alice-gateway-token', namespace: 'team-a' },
        stringData: { token: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      }),
    ]),
  );
  expect(one.stdout).not.toBe(other.stdout);
});

it('are never shown on a terminal', async () => {
  const { code, stdout, stderr } = await secrets(['-o', 'yaml'], { env: { KEYS_OPENAI: OPENAI }, isTerminal: true });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('put a pipe behind it');
});

it('name every variable that is missing, and print nothing then', async () => {
  const { code, stdout, stderr } = await secrets(['-o', 'yaml', '--only', 'team-a/keys']);
  expect([code, stdout, stderr]).toEqual([3, '', 'error: the variable KEYS_OPENAI is not set: key openai of Secret team-a/keys\n']);
});

it('may be one alone; another name is told which there are', async () => {
  const { stdout } = await secrets(['-o', 'yaml', '--only', 'team-a/keys'], { env: { KEYS_OPENAI: OPENAI } });
  expect(objects(stdout)).toHaveLength(1);
  const { code, stderr } = await secrets(['--only', 'keys']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('use team-a/alice-gateway-token, team-a/') as string]);
});

it('are objects of External Secrets: an entry of the store for each, a property for each key', async () => {
  const { stdout } = await secrets(['-o', 'external-secrets', '--store', 'vault', '--store-kind', 'ClusterSecretStore']);
  expect(objects(stdout)).toEqual(
    expect.arrayContaining([
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: 'keys', namespace: 'team-a' },
        spec: {
          secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
          target: { name: 'keys' },
          data: [{ secretKey: 'openai', remoteRef: { key: 'team-a/keys', property: 'openai' } }],
        },
      },
      expect.objectContaining({
        metadata: { name: 'more', namespace: 'team-a' },
        spec: expect.objectContaining({ dataFrom: [{ extract: { key: 'team-a/more' } }] }) as object,
      }),
    ]),
  );
  expect((await secrets(['-o', 'external-secrets'])).stderr).toContain('needs --store');
});
