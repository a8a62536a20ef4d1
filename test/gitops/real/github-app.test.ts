import { GitHubApp } from '../../../gitops/forge/github-app';
import type { RemoteSettings } from '../../../gitops/git/remote-settings';
import { withEnv } from '../../builders';
import { FakeGitHubApp } from '../forge/fake-github-app';
import { type BareRepository, bareRepository } from './bare';
import { aPublisher, aRequest, told } from './publishing';
import { type HttpsServer, MISSING_HTTPS, describeWith, httpsServer } from './servers';

describeWith(MISSING_HTTPS, 'a GitHub App over HTTPS', () => {
  let remote: BareRepository;
  let server: HttpsServer;
  let github: FakeGitHubApp;
  let now: number;

  beforeEach(async () => {
    now = Date.now();
    remote = bareRepository();
    server = await httpsServer(remote);
    github = await FakeGitHubApp.start(() => now);
    // Only the newest token opens the repository.
    github.onToken = (token) => server.setPassword(token, 'x-access-token');
  });
  afterEach(async () => {
    await github.stop();
    await server.stop();
    remote.remove();
  });

  function settings(): RemoteSettings {
    const app = new GitHubApp({
      url: github.url,
      id: '1234',
      installation: '99',
      key: () => github.key,
      repository: 'fleet',
      clock: { now: () => new Date(now), monotonic: () => now },
    });
    return {
      url: server.url,
      branch: 'main',
      certificateAuthorities: server.certificate,
      currentCredentials: async () => ({ kind: 'password', username: 'x-access-token', password: await app.token() }),
    };
  }

  it('its tokens push, one for many commits, and the next one in time', async () => {
    const publisher = aPublisher(settings());
    try {
      for (const value of ['1', '2'])
        expect(told(await publisher.publish(aRequest('alice', withEnv({ name: 'A', value }))))).toBe('committed');
      expect(github.asked).toHaveLength(1);
      now += 55 * 60_000;
      github.rotate();
      expect(told(await publisher.publish(aRequest('alice', withEnv({ name: 'A', value: '3' }))))).toBe('committed');
      expect(github.asked).toHaveLength(2);
      expect(remote.commits()).toBe(3);
      // Git has it by its helper: it stands in no address.
      expect(server.requests().join('\n')).not.toContain('ghs_');
    } finally {
      await publisher.close();
    }
  });

  it('what GitHub says of the app is the answer, and when it is back so are the commits', async () => {
    const publisher = aPublisher(settings());
    try {
      github.trouble = 401;
      const refused = await publisher.publish(aRequest());
      expect(refused).toMatchObject({
        ok: false,
        error: { code: 'FORGE-AUTH', stalled: true, remedy: expect.stringContaining('its installation') as string },
      });
      github.trouble = undefined;
      let answer = refused;
      while (!answer.ok) answer = await publisher.publish(aRequest('bob'));
      expect(told(answer)).toBe('committed');
    } finally {
      await publisher.close();
    }
  });
});
