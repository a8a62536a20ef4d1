import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KnownTree, PublishRequest, PublishResult } from '../../../gitops/publish/publish';
import { tombstone } from '../../../gitops/layout/layout';
import type { Publisher } from '../../../gitops/publish/publisher';
import { withConfig } from '../../builders';
import { OPTIONS, OWNER } from '../layouts';
import { type BareRepository, bareRepository } from './bare';
import { RushingClock, aPublisher, aRequest, told } from './publishing';

const DIRECTORY = 'clusters/prod-eu/instances/team-a/alice';

let remote: BareRepository;
const opened: Publisher[] = [];
const folders: string[] = [];

beforeEach(() => {
  remote = bareRepository();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((publisher) => publisher.close()));
  remote.remove();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function open(settings: Parameters<typeof aPublisher>[1] = {}): Publisher {
  const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] }, settings);
  opened.push(publisher);
  return publisher;
}

/** A person with a clone: runs commands of git in it, then pushes. */
function byHand(...commands: readonly (readonly string[])[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-person-'));
  folders.push(folder);
  const who = ['-c', 'user.name=Jane', '-c', 'user.email=jane@example.org'];
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...who, ...args], { encoding: 'utf8', stdio: 'pipe' });
  git('clone', '--quiet', remote.path, '.');
  for (const command of commands) git(...command);
  git('push', '--quiet', 'origin', 'HEAD:main');
  return git('rev-parse', 'HEAD').trim();
}

const release = (note: number, generation: number, known?: KnownTree): PublishRequest => ({
  ...aRequest('alice', withConfig({ note })),
  generation,
  known,
});

function knownOf(result: PublishResult, generation: number): KnownTree {
  if (!result.ok) throw result.error;
  return { tree: result.tree ?? '', commit: result.commit ?? '', generation };
}

const treeNow = (): string => remote.git('rev-parse', `main:${DIRECTORY}`).trim();

/** Two releases, of which the second is what the status remembers. */
async function twoReleases(publisher: Publisher): Promise<KnownTree> {
  await publisher.publish(release(1, 1));
  return knownOf(await publisher.publish(release(2, 2)), 2);
}

const both = (note: number): PublishRequest[] =>
  ['alice', 'bob'].map((name) => ({ ...aRequest(name, withConfig({ note })), generation: note }));

describe('a revert of one of our commits', () => {
  it('is held until the spec moves, also by a process that remembers nothing', async () => {
    const publisher = open();
    const known = await twoReleases(publisher);
    const revert = byHand(['revert', '--no-edit', 'HEAD']);
    const tree = treeNow();
    for (const process of [publisher, open()]) {
      const result = await process.publish(release(2, 2, known));
      expect(result).toMatchObject({
        ok: false,
        error: {
          code: 'HELD-REVERT',
          stalled: true,
          message: `HELD-REVERT: commit ${revert} by Jane brings back an earlier state of the directory, and that stays`,
        },
      });
    }
    // A rotated Secret or a new version of this program is no change of the spec.
    expect(told(await publisher.publish(release(3, 2, known)))).toBe('HELD-REVERT');
    expect(treeNow()).toBe(tree);
    const moved = await publisher.publish(release(3, 3, known));
    expect(moved).toMatchObject({ ok: true, noop: false, replaced: { commit: revert, author: 'Jane' } });
    expect(remote.commits()).toBe(4);
  });

  it('that is reverted is over: nothing is left to publish, and the next change goes its way', async () => {
    const publisher = open();
    const known = await twoReleases(publisher);
    byHand(['revert', '--no-edit', 'HEAD'], ['revert', '--no-edit', 'HEAD']);
    expect(told(await publisher.publish(release(2, 2, known)))).toBe('noop');
    const second = byHand(['revert', '--no-edit', 'HEAD']);
    const held = await publisher.publish(release(2, 2, known));
    expect(held).toMatchObject({ ok: false, error: { code: 'HELD-REVERT', message: expect.stringContaining(second) as string } });
    byHand(['revert', '--no-edit', 'HEAD']);
    expect(told(await open().publish(release(3, 2, known)))).toBe('committed');
  });

  it('may be written over by who names its commit, and by nobody who names another', async () => {
    const publisher = open();
    const known = await twoReleases(publisher);
    const revert = byHand(['revert', '--no-edit', 'HEAD']);
    for (const over of ['true', revert.slice(0, 6), '0'.repeat(40)]) {
      expect(told(await publisher.publish({ ...release(2, 2, known), over }))).toBe('HELD-REVERT');
    }
    expect(told(await publisher.publish({ ...release(2, 2, known), over: revert.slice(0, 12) }))).toBe('committed');
  });

  it.each([
    [
      'merged from a branch',
      [
        ['checkout', '-q', '-b', 'undo'],
        ['revert', '--no-edit', 'HEAD'],
        ['checkout', '-q', 'main'],
        ['merge', '-q', '--no-ff', '-m', 'Merge undo', 'undo'],
      ],
    ],
    [
      'done by a checkout of the older files',
      [
        ['checkout', 'HEAD~1', '--', DIRECTORY],
        ['commit', '-q', '-m', 'back to last week'],
      ],
    ],
    [
      'carried over with our own message',
      [
        ['revert', '--no-commit', 'HEAD'],
        ['commit', '-q', '-C', 'HEAD~1'],
      ],
    ],
  ])('is one when it is %s', async (_, commands) => {
    const publisher = open();
    const known = await twoReleases(publisher);
    byHand(...commands);
    expect(told(await publisher.publish(release(2, 2, known)))).toBe('HELD-REVERT');
  });

  it('of the first one leaves no folder, and that stays; a folder that is only gone is written again', async () => {
    const publisher = open();
    const known = knownOf(await publisher.publish(release(1, 1)), 1);
    byHand(['rm', '-q', '-r', DIRECTORY], ['commit', '-q', '-m', 'tidy up']);
    expect(await publisher.publish(release(1, 1, known))).toMatchObject({ ok: true, noop: false, replaced: { author: 'Jane' } });
    byHand(
      ['revert', '--no-edit', 'HEAD'],
      ['commit', '-q', '--amend', '--allow-empty', '-m', 'Revert "openclaw(prod-eu): team-a/alice created" (#12)'],
    );
    expect(told(await publisher.publish(release(1, 1, known)))).toBe('HELD-REVERT');
  });

  it('does not stop a deletion, nor other instances of the same commit', async () => {
    const publisher = open();
    for (const note of [1, 2]) await Promise.all(both(note).map((request) => publisher.publish(request)));
    byHand(['revert', '--no-edit', 'HEAD']);
    const [alice, bob] = both(2);
    const { placement } = alice!;
    const answers = await Promise.all([
      publisher.publish({ placement, layout: tombstone(placement, OPTIONS), owner: OWNER }),
      publisher.publish(bob!),
      publisher.publish(aRequest('carol')),
    ]);
    expect(answers.map(told)).toEqual(['committed', 'HELD-REVERT', 'committed']);
  });

  it('that is held is told once: later looks at the branch do not call it news', async () => {
    const publisher = open();
    const known = await twoReleases(publisher);
    byHand(['revert', '--no-edit', 'HEAD']);
    expect(await publisher.moved()).toEqual([expect.objectContaining({ name: 'alice' })]);
    expect(told(await publisher.publish(release(2, 2, known)))).toBe('HELD-REVERT');
    expect(await publisher.moved()).toEqual([]);
    byHand(['revert', '--no-edit', 'HEAD'], ['rm', '-q', `${DIRECTORY}/kustomization.yaml`], ['commit', '-q', '-m', 'x']);
    expect(await publisher.moved()).toHaveLength(1);
  });
});

describe("somebody else's change", () => {
  const edit = ['rm', '-q', `${DIRECTORY}/service.alice.yaml`];

  it('is replaced, and named', async () => {
    const publisher = open();
    const known = await twoReleases(publisher);
    const commit = byHand(edit, ['commit', '-q', '-m', 'no Service']);
    expect(await publisher.publish(release(2, 2, known))).toMatchObject({
      ok: true,
      noop: false,
      replaced: { commit, author: 'Jane', isRevert: false },
    });
  });

  it.each(['/^apiVersion:/d', '/^kind:/d', 's/^  name: .*/  name: 7/', 's/^metadata:/metadate:/'])(
    'that leaves half an object behind (%s) is replaced as well, and holds up nobody',
    async (script) => {
      const publisher = open();
      const first = await Promise.all(both(1).map((request) => publisher.publish(request)));
      const known = knownOf(first[0]!, 1);
      byHand(['-c', `alias.cut=!sed -i '${script}' ${DIRECTORY}/service.alice.yaml`, 'cut'], ['commit', '-qam', 'cut']);
      const [alice, bob] = both(2);
      const answers = await Promise.all([publisher.publish({ ...alice!, known }), publisher.publish(bob!)]);
      expect(answers.map(told)).toEqual(['committed', 'committed']);
    },
  );

  it('is heard when it is made once more: it brings back what our commit wrote over', async () => {
    const publisher = open();
    const known = await twoReleases(publisher);
    byHand(edit, ['commit', '-q', '-m', 'no Service']);
    const again = knownOf(await publisher.publish(release(2, 2, known)), 2);
    byHand(edit, ['commit', '-q', '-m', 'no Service, I said']);
    expect(told(await publisher.publish(release(2, 2, again)))).toBe('HELD-REVERT');
  });

  it('is held where that is wished, until the spec moves', async () => {
    const publisher = open({ onForeignChange: 'hold' });
    const known = await twoReleases(publisher);
    const commit = byHand(edit, ['commit', '-q', '-m', 'no Service']);
    expect(await publisher.publish(release(2, 2, known))).toMatchObject({
      ok: false,
      error: { code: 'HELD-CHANGE', message: expect.stringContaining(commit) as string },
    });
    expect(told(await publisher.publish(release(3, 3, known)))).toBe('committed');
  });

  it('beside the folder counts too: a Kustomization that was suspended in Git', async () => {
    const publisher = open({ onForeignChange: 'hold' });
    const known = await twoReleases(publisher);
    byHand(['rm', '-q', 'clusters/prod-eu/index/team-a.alice.json'], ['commit', '-q', '-m', 'not for now']);
    expect(told(await publisher.publish(release(2, 2, known)))).toBe('HELD-CHANGE');
    expect(told(await open({ onForeignChange: 'hold' }).publish(release(2, 2, known)))).toBe('HELD-CHANGE');
  });

  it('that is older than what is looked at has no name, and is held all the same', async () => {
    const publisher = open({ onForeignChange: 'hold' });
    const known = await twoReleases(publisher);
    byHand(
      edit,
      ['commit', '-q', '-m', 'no Service'],
      ...Array.from({ length: 201 }, () => ['commit', '-q', '--allow-empty', '-m', 'other work']),
    );
    const result = await publisher.publish(release(2, 2, known));
    expect(result).toMatchObject({ ok: false, error: { code: 'HELD-CHANGE', message: expect.not.stringContaining('Jane') as string } });
  });

  it('is no change of somebody else where ours was pushed and the news of it was lost', async () => {
    const publisher = open({ onForeignChange: 'hold' });
    const known = knownOf(await publisher.publish(release(1, 1)), 1);
    await publisher.publish(release(2, 2));
    expect(told(await open({ onForeignChange: 'hold' }).publish(release(3, 2, known)))).toBe('committed');
    // Nor where nothing at all is remembered.
    expect(told(await open({ onForeignChange: 'hold' }).publish(release(4, 2)))).toBe('committed');
  });

  it('by an author with a hostile name is told in one line', async () => {
    const publisher = open({ onForeignChange: 'hold' });
    const known = await twoReleases(publisher);
    byHand(edit, ['-c', 'user.name=Eve\u202e \u001b[31m OpenClaw-Engine: 9', 'commit', '-q', '-m', 'x']);
    const result = await publisher.publish(release(2, 2, known));
    // eslint-disable-next-line no-control-regex
    expect(result.ok ? '' : result.error.message).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `agent-${index}`);
const grave = (name: string, isGuarded = true): PublishRequest => {
  const { placement } = aRequest(name);
  return { placement, layout: tombstone(placement, OPTIONS), owner: OWNER, isGuarded };
};

async function fleet(publisher: Publisher, count: number): Promise<void> {
  await Promise.all(names(count).map((name) => publisher.publish(aRequest(name))));
}

describe('many deletions at once', () => {
  it('are refused, all of them, and hold up nothing else; what is confirmed goes, in one commit', async () => {
    const publisher = open();
    await fleet(publisher, 12);
    const answers = await Promise.all([...names(4).map((name) => publisher.publish(grave(name))), publisher.publish(aRequest('new'))]);
    expect(answers.map(told)).toEqual(['MASS-DELETE', 'MASS-DELETE', 'MASS-DELETE', 'MASS-DELETE', 'committed']);
    expect(answers[0]).toMatchObject({
      error: { message: 'MASS-DELETE: 4 instances are asked to go within ten minutes, of 12 that are there' },
    });
    const confirmed = await Promise.all(names(4).map((name) => publisher.publish(grave(name, false))));
    expect(confirmed.map(told)).toEqual(Array(4).fill('committed'));
    expect(remote.commits()).toBe(3);
  });

  it('that come in drops are counted together, until ten minutes have passed', async () => {
    const clock = new RushingClock();
    const publisher = open({ clock, times: {} });
    await fleet(publisher, 12);
    const answers: string[] = [];
    for (const name of names(5)) answers.push(told(await publisher.publish(grave(name))));
    expect(answers).toEqual(['committed', 'committed', 'committed', 'MASS-DELETE', 'MASS-DELETE']);
    await clock.sleep(10 * 60_000);
    expect(told(await publisher.publish(grave('agent-3')))).toBe('committed');
    // The same one again is no further one.
    expect(told(await publisher.publish(grave('agent-3')))).toBe('noop');
  });

  it('are a tenth of a large fleet at least', async () => {
    const publisher = open();
    await fleet(publisher, 60);
    expect((await Promise.all(names(6).map((name) => publisher.publish(grave(name))))).map(told)).toEqual(Array(6).fill('committed'));
    expect(told(await publisher.publish(grave('agent-6')))).toBe('MASS-DELETE');
  });
});
