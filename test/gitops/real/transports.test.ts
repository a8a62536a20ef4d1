import { readFileSync, readdirSync } from 'node:fs';
import { createGit } from '../../../gitops/git/git';
import type { Publisher } from '../../../gitops/publish/publisher';
import type { RemoteSettings } from '../../../gitops/git/remote-settings';
import { withSpec } from '../../builders';
import { type BareRepository, bareRepository } from './bare';
import { TIMES, aPublisher, aRequest, told } from './publishing';
import { type HttpsServer, MISSING_HTTPS, MISSING_SSH, type SshServer, describeWith, httpsServer, sshServer } from './servers';

let remote: BareRepository;
const opened: Publisher[] = [];

beforeAll(() => {
  remote = bareRepository();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((publisher) => publisher.close()));
});
afterAll(() => remote.remove());

function open(settings: Omit<RemoteSettings, 'branch'>, more: Parameters<typeof aPublisher>[1] = {}): Publisher {
  const publisher = aPublisher({ branch: 'main', ...settings }, more);
  opened.push(publisher);
  return publisher;
}

describeWith(MISSING_HTTPS, 'over HTTPS', () => {
  let server: HttpsServer;
  const settings = (): Omit<RemoteSettings, 'branch'> => ({
    url: server.url,
    certificateAuthorities: server.certificate,
    credentials: { kind: 'password', password: server.password },
  });

  beforeAll(async () => {
    server = await httpsServer(remote);
  });
  afterAll(() => server.stop());

  it('commits arrive, also from a second process on what the first left', async () => {
    expect(told(await open(settings()).publish(aRequest('https')))).toBe('committed');
    const second = open(settings());
    expect(told(await second.publish(aRequest('https')))).toBe('noop');
    expect(told(await second.publish(aRequest('https', withSpec({ suspended: true }))))).toBe('committed');
    expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('the steady state is one look at the branch: no fetch, no push; a change is one push', async () => {
    const publisher = open(settings());
    await publisher.publish(aRequest('https'));
    const before = server.requests().length;
    for (let pass = 0; pass < 10; pass += 1) expect(told(await publisher.publish(aRequest('https')))).toBe('noop');
    const looks = server.requests().slice(before);
    expect(looks.filter((line) => /git-upload-pack HTTP/.test(line) && line.includes('POST')).length).toBeLessThanOrEqual(10);
    expect(looks.filter((line) => /receive-pack/.test(line))).toEqual([]);
    expect(told(await publisher.publish(aRequest('https', withSpec({ env: [{ name: 'STEADY', value: 'no' }] }))))).toBe('committed');
    const posts = server
      .requests()
      .slice(before + looks.length)
      .filter((line) => line.includes('POST') && / 200 /.test(line));
    // One to look (the commands of protocol 2 are posts), one to push: nothing is fetched for a push.
    expect(posts.map((line) => /git-[a-z-]+/.exec(line)?.[0])).toEqual(['git-upload-pack', 'git-receive-pack']);
  });

  it('the password stands in no argument, no URL, and no error', async () => {
    const git = createGit({ branch: 'main', ...settings() });
    try {
      const [output] = await Promise.all([git.run(['ls-remote', 'origin'], { network: true }), watchArguments(server.password)]);
      expect(output.toString()).toContain('refs/heads/main');
    } finally {
      git.close();
    }
    const wrong = { kind: 'password', password: 'wr0ng+pass/word' } as const;
    const result = await open({ ...settings(), credentials: wrong }).publish(aRequest());
    expect(told(result)).toBe('GIT-AUTH');
    expect(JSON.stringify(result) + (result.ok ? '' : `${result.error.message}${result.error.stack}`)).not.toMatch(/wr0ng/);
  });

  it('a revoked credential is told with its cure, once for each back-off, and healed by a new one', async () => {
    const publisher = open(settings(), { times: { ...TIMES, firstBackOff: 60_000, longestBackOff: 60_000 } });
    await publisher.publish(aRequest('https'));
    server.setPassword('another');
    const before = server.requests().length;
    const suspended = aRequest('https', withSpec({ suspended: false, env: [{ name: 'A', value: 'b' }] }));
    for (let pass = 0; pass < 20; pass += 1) {
      const result = await publisher.publish(suspended);
      expect(result).toMatchObject({ ok: false, error: { code: 'GIT-AUTH', stalled: true } });
      expect(result.ok ? '' : result.error.remedy).toContain('valid credential');
    }
    expect(server.requests().length - before).toBeLessThanOrEqual(3);
    const renewed = open({ ...settings(), credentials: { kind: 'password', password: 'another' } });
    expect(told(await renewed.publish(suspended))).toBe('committed');
    server.setPassword(server.password);
  });

  it('a rotated credential is taken up without a restart, and the old one stays while it cannot be read', async () => {
    let password: string | undefined = server.password;
    const currentCredentials = () => {
      if (password === undefined) throw new Error('the file is being written');
      return { kind: 'password', password } as const;
    };
    const publisher = open({ ...settings(), currentCredentials });
    expect(told(await publisher.publish(aRequest('rotated')))).toBe('committed');
    password = undefined;
    expect(told(await publisher.publish(aRequest('rotated', withSpec({ env: [{ name: 'A', value: 'b' }] }))))).toBe('committed');
    server.setPassword('another');
    password = 'another';
    expect(told(await publisher.publish(aRequest('rotated', withSpec({ env: [{ name: 'A', value: 'c' }] }))))).toBe('committed');
    server.setPassword(server.password);
  });

  it('a server that is away is unreachable, and found again', async () => {
    const publisher = open(settings());
    await server.away();
    expect(told(await publisher.publish(aRequest('away')))).toBe('GIT-UNREACHABLE');
    await server.back();
    expect(told(await publisher.publish(aRequest('away')))).toBe('committed');
  });

  it('a certificate of an unknown authority is not trusted', async () => {
    const result = await open({ url: server.url, credentials: settings().credentials }).publish(aRequest());
    expect(told(result)).toBe('GIT-UNREACHABLE');
    expect(result.ok ? '' : result.error.remedy).toContain('certificate authority');
  });

  it('a redirect is not followed: the credential is for this server', async () => {
    const result = await open({ ...settings(), url: server.url.replace('/fleet.git', '/moved/fleet.git') }).publish(aRequest());
    expect(result.ok).toBe(false);
    expect(server.requests().some((line) => line.includes('/moved/'))).toBe(true);
    expect(server.requests().at(-1)).toContain('/moved/');
  });

  it('a repository that is not there looks like one that may not be seen', async () => {
    expect(told(await open({ ...settings(), url: server.url.replace('fleet', 'nothing') }).publish(aRequest()))).toBe('GIT-AUTH');
  });
});

describeWith(MISSING_SSH, 'over SSH', () => {
  let server: SshServer;
  const settings = (more: object = {}): Omit<RemoteSettings, 'branch'> => ({
    url: server.url,
    credentials: { kind: 'ssh', privateKey: server.privateKey, knownHosts: server.knownHosts, ...more },
  });

  beforeAll(async () => {
    server = await sshServer(remote);
  });
  afterAll(() => server.stop());

  it('commits arrive; the host may have several keys in known_hosts', async () => {
    const publisher = open(settings());
    expect(told(await publisher.publish(aRequest('ssh')))).toBe('committed');
    expect(told(await publisher.publish(aRequest('ssh')))).toBe('noop');
    expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('a host with another key is refused', async () => {
    const result = await open(settings({ knownHosts: server.wrongHosts })).publish(aRequest('ssh'));
    expect(result).toMatchObject({ ok: false, error: { code: 'GIT-HOSTKEY', stalled: true } });
  });

  it('a host that is not known is refused, never asked about', async () => {
    const result = await open(settings({ knownHosts: '' })).publish(aRequest('ssh'));
    expect(result).toMatchObject({ ok: false, error: { code: 'GIT-HOSTKEY', stalled: true } });
  });

  it('a key that the server does not know is told as such; no other key of this machine is tried', async () => {
    const result = await open(settings({ privateKey: server.strangerKey })).publish(aRequest('ssh'));
    expect(result).toMatchObject({ ok: false, error: { code: 'GIT-AUTH', stalled: true } });
    expect(result.ok ? '' : result.error.message).not.toContain('PRIVATE KEY');
  });
});

/** Reads the arguments of all processes of this machine for a while; fails if a secret stands in one. */
async function watchArguments(secret: string): Promise<void> {
  const end = Date.now() + 300;
  while (Date.now() < end) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) expect(argumentsOf(pid)).not.toContain(secret);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
