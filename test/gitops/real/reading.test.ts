import { createGit } from '../../../gitops/git/git';
import type { RemoteSettings } from '../../../gitops/git/remote-settings';
import { Repository } from '../../../gitops/publish/repository';
import { withConfig } from '../../builders';
import { patient } from '../../patience/patience.cjs';
import { type BareRepository, bareRepository } from './bare';
import { aPublisher, aRequest, told } from './publishing';
import { MISSING_HTTPS, MISSING_SSH, describeWith, httpsServer, sshServer } from './servers';

const DIRECTORY = 'clusters/prod-eu/instances/team-a/alice';

/**
 * What is read beside the tip: texts of files, an older commit, the recent past of a directory.
 *
 * @returns how many commits were made before, between and after
 */
async function reads(remote: BareRepository, settings: Omit<RemoteSettings, 'branch'>): Promise<number> {
  const publisher = aPublisher({ branch: 'main', ...settings });
  const repository = new Repository(createGit({ branch: 'main', ...settings }, { silence: patient(20_000) }));
  try {
    for (const note of [1, 2]) expect(told(await publisher.publish(aRequest('alice', withConfig({ note }))))).toBe('committed');
    const [first, second] = [remote.git('rev-parse', 'main~1').trim(), remote.git('rev-parse', 'main').trim()];
    const tip = await repository.lsRemote();
    const base = await repository.fetchTip(tip ?? '');
    const files = await repository.files(base, [DIRECTORY]);
    expect(files.get(`${DIRECTORY}/configmap.alice-config.yaml`)).toBe(remote.show(`${DIRECTORY}/configmap.alice-config.yaml`));
    expect([...files.keys()].toSorted()).toEqual(remote.files().filter((path) => path.startsWith(`${DIRECTORY}/`)));
    const older = await repository.files(await repository.fetchRevision(first), [DIRECTORY]);
    expect(older.get(`${DIRECTORY}/configmap.alice-config.yaml`)).toContain('"note": 1');
    const [last, one] = await repository.history(base, [DIRECTORY]);
    expect([last?.id, one?.id, last?.before, one?.before]).toEqual([second, first, one?.state, '']);
    // And it goes on as before: what was read more changes nothing of what is written.
    expect(told(await publisher.publish(aRequest('alice', withConfig({ note: 3 }))))).toBe('committed');
    await expect(repository.fetchRevision('f'.repeat(40))).rejects.toThrow(/GIT-/);
    return remote.commits();
  } finally {
    repository.close();
    await publisher.close();
  }
}

let remote: BareRepository;

beforeEach(() => {
  remote = bareRepository();
});
afterEach(() => remote.remove());

it('texts, an older commit and the recent past are read from a folder', async () => {
  expect(await reads(remote, { url: remote.path, allow: ['file'] })).toBe(3);
});

it('the same from a server that is set up by nobody: without filters, and without wishes for single objects', async () => {
  for (const key of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant']) remote.git('config', '--unset', key);
  expect(await reads(remote, { url: remote.path, allow: ['file'] })).toBe(3);
});

describeWith(MISSING_HTTPS, 'over HTTPS', () => {
  it('the same', async () => {
    const server = await httpsServer(remote);
    try {
      expect(
        await reads(remote, {
          url: server.url,
          certificateAuthorities: server.certificate,
          credentials: { kind: 'password', password: server.password },
        }),
      ).toBe(3);
    } finally {
      await server.stop();
    }
  });
});

describeWith(MISSING_SSH, 'over SSH', () => {
  it('the same', async () => {
    const server = await sshServer(remote);
    try {
      expect(
        await reads(remote, {
          url: server.url,
          credentials: { kind: 'ssh', privateKey: server.privateKey, knownHosts: server.knownHosts },
        }),
      ).toBe(3);
    } finally {
      await server.stop();
    }
  });
});
