import { setTimeout as sleep } from 'node:timers/promises';
import { forgeOf } from '../../../gitops/forge/forges';
import type { RemoteSettings } from '../../../gitops/git/remote-settings';
import { tombstone } from '../../../gitops/layout/layout';
import type { KnownTree, PublishRequest } from '../../../gitops/publish/publish';
import type { Publisher } from '../../../gitops/publish/publisher';
import { withEnv } from '../../builders';
import { Gitea } from '../../gitea/server';
import { missingGitea } from '../../gitea/programs';
import { OPTIONS, OWNER } from '../layouts';
import { patient } from '../../patience/patience.cjs';
import { aProposer } from './proposing';
import { aRequest, told } from './publishing';

const missing = missingGitea();
const BRANCH = 'openclaw/prod-eu/team-a.alice';
const REPOSITORY = '/repos/writer/fleet';

const alice = (value?: string): PublishRequest => aRequest('alice', ...(value === undefined ? [] : [withEnv({ name: 'A', value })]));

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly merged: boolean;
  readonly html_url: string;
}

(missing === undefined ? describe : describe.skip)(`a real Gitea${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let gitea: Gitea;
  let publisher: Publisher;
  let known: KnownTree | undefined;

  beforeAll(async () => {
    gitea = await Gitea.start();
    await gitea.asWriter('POST', '/user/repos', { name: 'fleet', auto_init: true, default_branch: 'main', private: true });
    await gitea.asWriter('PUT', `${REPOSITORY}/collaborators/jane`, { permission: 'write' });
    // Nobody gets anything onto the branch but by a merge.
    await gitea.asWriter('POST', `${REPOSITORY}/branch_protections`, { rule_name: 'main', enable_push: false });
    publisher = proposer();
  }, patient(60_000));
  afterAll(async () => {
    await publisher.close();
    await gitea.stop();
  });

  function proposer(): Publisher {
    const { url, token, certificate: certificateAuthorities } = gitea;
    const repository = `${url}/writer/fleet.git`;
    const remote: RemoteSettings = {
      url: repository,
      branch: 'main',
      credentials: { kind: 'password', username: 'writer', password: token },
      certificateAuthorities,
    };
    const forge = forgeOf({ kind: 'gitea', repository, base: 'main', token: () => token, certificateAuthorities });
    return aProposer({ remote, forge });
  }

  const pulls = async (state = 'open'): Promise<Pull[]> => (await gitea.asPerson('GET', `${REPOSITORY}/pulls?state=${state}`)) as Pull[];
  const branches = async (): Promise<string[]> =>
    ((await gitea.asPerson('GET', `${REPOSITORY}/branches`)) as { name: string }[]).map(({ name }) => name).toSorted();

  /** Presses the button. Gitea looks first whether it can be merged, and says so until then. */
  async function merge(how: 'merge' | 'squash' = 'merge'): Promise<void> {
    const [pull] = await pulls();
    const path = `${REPOSITORY}/pulls/${pull!.number}`;
    for (;;) {
      try {
        await gitea.asPerson('POST', `${path}/merge`, { Do: how });
        return;
      } catch (error) {
        if (!String(error).includes('try again later')) throw error;
      }
      await sleep(50);
    }
  }

  it('opens a pull request with the plan, and the branch itself is not written', async () => {
    const result = await publisher.publish(alice());
    const [pull] = await pulls();
    expect([told(result), result.ok ? '' : result.pullRequest?.url]).toEqual(['PULL-REQUEST-OPEN', pull?.html_url]);
    expect(pull).toMatchObject({ title: 'openclaw(prod-eu): team-a/alice created', state: 'open' });
    expect(pull?.body).toContain(`Plan: \`${result.ok ? '' : result.plan?.hash}\``);
    expect(await branches()).toEqual(['main', BRANCH]);
    // A process that remembers nothing finds it again.
    const again = proposer();
    expect(told(await again.publish(alice()))).toBe('PULL-REQUEST-OPEN');
    await again.close();
    expect(await pulls('all')).toHaveLength(1);
  });

  it('updates it in place', async () => {
    const [before] = await pulls();
    await publisher.publish(alice('1'));
    const [after] = await pulls();
    expect([after?.number, after?.body === before?.body]).toEqual([before?.number, false]);
  });

  it.each(['merge', 'squash'] as const)('goes on when it is merged by a %s', async (how) => {
    await publisher.publish(alice(how));
    await merge(how);
    expect((await publisher.moved()).map(({ name }) => name)).toEqual(['alice']);
    expect(told(await publisher.publish(alice(how)))).toBe('noop');
    expect([await branches(), (await pulls('all'))[0]]).toEqual([['main'], expect.objectContaining({ merged: true })]);
  });

  it('leaves a commit of somebody else alone', async () => {
    await publisher.publish(alice('2'));
    const content = Buffer.from('x: 1\n').toString('base64');
    await gitea.asPerson('POST', `${REPOSITORY}/contents/clusters/prod-eu/instances/team-a/alice/extra.yaml`, {
      branch: BRANCH,
      content,
      message: 'by hand',
    });
    expect((await publisher.moved()).map(({ name }) => name)).toEqual(['alice']);
    const held = await publisher.publish(alice('2'));
    expect([told(held), held.ok ? '' : held.error.message]).toEqual(['HELD-BRANCH', expect.stringContaining('by jane')]);
    await gitea.asPerson('DELETE', `${REPOSITORY}/branches/${encodeURIComponent(BRANCH)}`);
    expect(told(await publisher.publish(alice('3')))).toBe('PULL-REQUEST-OPEN');
  });

  it('withdraws what is no longer wanted', async () => {
    const result = await publisher.publish(alice('squash'));
    if (!result.ok || result.tree === undefined || result.commit === undefined) throw new Error(told(result));
    known = { tree: result.tree, commit: result.commit };
    expect([await branches(), await pulls()]).toEqual([['main'], []]);
    expect((await pulls('closed'))[0]?.body).toMatch(/^\*\*Withdrawn:\*\*/);
  });

  it('hears a no', async () => {
    await publisher.publish(alice('4'));
    const [pull] = await pulls();
    await gitea.asPerson('PATCH', `${REPOSITORY}/pulls/${pull!.number}`, { state: 'closed' });
    const again = proposer();
    // As the status remembers it: what a person has squashed looks like theirs otherwise.
    expect(told(await again.publish({ ...alice('4'), known }))).toBe('PULL-REQUEST-CLOSED');
    await again.close();
    expect(await pulls()).toEqual([]);
  });

  it('deletes by pull requests: the tombstone, then the directory', async () => {
    const again = proposer();
    const { placement } = alice();
    const grave = { placement, layout: tombstone(placement, OPTIONS), owner: OWNER };
    expect(told(await again.publish(grave))).toBe('PULL-REQUEST-OPEN');
    await merge();
    expect(told(await again.publish(grave))).toBe('noop');
    expect(told(await again.publish({ placement, owner: OWNER }))).toBe('PULL-REQUEST-OPEN');
    await merge();
    expect(told(await again.publish({ placement, owner: OWNER }))).toBe('noop');
    expect([await branches(), await pulls()]).toEqual([['main'], []]);
    await again.close();
  });
});
