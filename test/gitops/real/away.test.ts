import { renameSync } from 'node:fs';
import { createGit } from '../../../gitops/git/git';
import { openFence } from '../../../gitops/git/fence';
import type { RemoteSettings } from '../../../gitops/git/remote-settings';
import { Publisher } from '../../../gitops/publish/publisher';
import { Repository } from '../../../gitops/publish/repository';
import { withConfig } from '../../builders';
import { patient } from '../../patience/patience.cjs';
import { type BareRepository, bareRepository } from './bare';
import { type StoreStep, STORE_STEPS, around } from './faulty-store';
import { RushingClock, TIMES, aRequest, told } from './publishing';
import { MISSING_HTTPS, MISSING_SSH, describeWith, httpsServer, sshServer } from './servers';

/** A remote that can go away, and come back. */
interface Remote {
  readonly settings: Omit<RemoteSettings, 'branch'>;
  readonly repository: BareRepository;
  away(): unknown;
  back(): unknown;
  stop(): unknown;
}

function overFiles(): Remote {
  const repository = bareRepository();
  const { path } = repository;
  const away = (): void => renameSync(path, `${path}.away`);
  const back = (): void => renameSync(`${path}.away`, path);
  return { settings: { url: path, allow: ['file'] }, repository, away, back, stop: () => repository.remove() };
}

async function overHttps(): Promise<Remote> {
  const repository = bareRepository();
  const server = await httpsServer(repository);
  const { url, certificate: certificateAuthorities, password } = server;
  const settings = { url, certificateAuthorities, credentials: { kind: 'password', password } } as const;
  const stop = async (): Promise<void> => {
    await server.stop();
    repository.remove();
  };
  return { settings, repository, away: () => server.away(), back: () => server.back(), stop };
}

async function overSsh(): Promise<Remote> {
  const repository = bareRepository();
  const server = await sshServer(repository);
  const { url, privateKey, knownHosts } = server;
  const settings = { url, credentials: { kind: 'ssh', privateKey, knownHosts } } as const;
  const stop = async (): Promise<void> => {
    await server.stop();
    repository.remove();
  };
  return { settings, repository, away: () => server.away(), back: () => server.back(), stop };
}

const TRANSPORTS = [
  ['files', undefined, overFiles],
  ['HTTPS', MISSING_HTTPS, overHttps],
  ['SSH', MISSING_SSH, overSsh],
] as const;

for (const [name, missing, start] of TRANSPORTS) {
  describeWith(missing, `a remote over ${name} that goes away`, () => {
    let remote: Remote;

    beforeAll(async () => {
      remote = await start();
    });
    afterAll(() => remote.stop());

    it.each(STORE_STEPS)('at the step %s is borne: what is wanted lands once, when it is back', async (step) => {
      let isAway = false;
      const goes = async (at: StoreStep): Promise<void> => {
        if (at !== step || isAway) return;
        isAway = true;
        await remote.away();
      };
      const git = createGit({ branch: 'main', ...remote.settings }, { silence: patient(20_000), connect: patient(5) });
      // Somebody else's commit, so that there is something to fetch.
      remote.repository.commitEntries([`100644 ${remote.repository.writeBlob(`${step}\n`)} 0\tother-${step}`]);
      const commits = remote.repository.commits();
      const repository = around(new Repository(git, { createBranch: true }), { before: goes });
      const publisher = new Publisher({ repository, clock: new RushingClock(), fence: openFence, engine: '1.2.3', times: TIMES });
      const request = aRequest('alice', withConfig({ step }));
      const first = await publisher.publish(request);
      expect([isAway, told(first)]).toEqual([true, 'GIT-UNREACHABLE']);
      expect(first.ok || first.error.stalled).toBe(false);
      await remote.back();
      expect(told(await publisher.publish(request))).toBe('committed');
      expect(remote.repository.commits()).toBe(commits + 1);
      await publisher.close();
    });
  });
}
