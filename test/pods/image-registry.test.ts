import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentialsIn } from '../../gitops/registry/docker-config';
import { Registry } from '../../controller/observe/releases/registry';
import { freePort } from '../cluster/ports';
import { describeWith } from '../gitops/real/servers';
import { patient } from '../patience/patience.cjs';

const PROGRAM = '/usr/bin/docker-registry';
const MISSING = existsSync(PROGRAM) ? undefined : `not installed: ${PROGRAM}`;

const PASSWORD = 's3cr:et';
/** `htpasswd -B` of it. */
const HASH = '$2b$04$QsIwC0ABpUWdj/Mfgdg65.FmbNQzW.8Ue2x1/YOE0KqtDMl/GR106';
const AUTHORIZATION = `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}`;

const PATH = 'openclaw/openclaw';
const TAGS = ['2026.9.5', '2026.9.6', '2026.9.7-beta.1', 'latest', ...Array.from({ length: 60 }, (_, index) => `2026.1.${index}`)];

/** The real registry, which lets in whoever knows the password. */
class RealRegistry {
  private constructor(
    public readonly host: string,
    private readonly program: ChildProcess,
    private readonly folder: string,
  ) {}

  public static async start(): Promise<RealRegistry> {
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-registry-'));
    const host = `127.0.0.1:${await freePort()}`;
    writeFileSync(join(folder, 'htpasswd'), `alice:${HASH}\n`);
    const config = {
      version: '0.1',
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: host },
      auth: { htpasswd: { realm: 'images', path: join(folder, 'htpasswd') } },
    };
    writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
    const program = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } });
    const registry = new RealRegistry(host, program, folder);
    const end = Date.now() + patient(20_000);
    while (!(await registry.answers())) {
      if (Date.now() > end) throw new Error('the registry does not answer');
      await sleep(100);
    }
    return registry;
  }

  /** Puts an image without layers there, under each of the tags. */
  public async push(path: string, tags: readonly string[]): Promise<void> {
    const blob = Buffer.from('{}');
    const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
    const { headers } = await this.send('POST', `/v2/${path}/blobs/uploads/`, 202);
    const upload = new URL(headers.get('location') ?? '', `http://${this.host}`);
    upload.searchParams.set('digest', digest);
    await this.send('PUT', `${upload.pathname}${upload.search}`, 201, blob, 'application/octet-stream');
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    const config = { mediaType: 'application/vnd.docker.container.image.v1+json', size: blob.length, digest };
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }));
    for (const tag of tags) await this.send('PUT', `/v2/${path}/manifests/${tag}`, 201, manifest, mediaType);
  }

  public async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.program.once('exit', resolve));
    this.program.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    return fetch(`http://${this.host}/v2/`).then(
      ({ status }) => status === 401,
      () => false,
    );
  }

  private async send(method: string, path: string, expected: number, body?: Buffer, type?: string): Promise<Response> {
    const headers = { authorization: AUTHORIZATION, ...(type !== undefined && { 'content-type': type }) };
    const response = await fetch(`http://${this.host}${path}`, { method, headers, ...(body && { body: new Uint8Array(body) }) });
    const text = await response.text();
    if (response.status !== expected) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return response;
  }
}

describeWith(MISSING, 'a real registry of images', () => {
  let server: RealRegistry;

  beforeAll(async () => {
    server = await RealRegistry.start();
    await server.push(PATH, TAGS);
  }, patient(60_000));
  afterAll(async () => server?.stop());

  const tags = async (path: string, auth?: string): Promise<string[]> => {
    const repository = { host: server.host, path };
    const text = JSON.stringify({ auths: { [`http://${server.host}/v1/`]: { auth: Buffer.from(auth ?? '').toString('base64') } } });
    return new Registry({ plainHosts: new Set([server.host]) }).tags(repository, credentialsIn(text, repository));
  };

  it('T-M7 lists its tags to whoever has the credentials of a pull secret', async () => {
    expect((await tags(PATH, `alice:${PASSWORD}`)).toSorted()).toEqual(TAGS.toSorted());
  });

  it.each([
    ['without credentials', PATH, undefined, /not open to everybody: name a Secret/],
    ['with a wrong password', PATH, 'alice:wrong', /do not let anybody list its tags/],
    ['a repository that it does not have', 'no/such', `alice:${PASSWORD}`, /no\/such was not found/],
  ])('says no: %s', async (_what, path, auth, expected) => {
    await expect(tags(path, auth)).rejects.toThrow(expected);
  });
});
