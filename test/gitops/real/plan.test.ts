import { join } from 'node:path';
import { folderWith, instanceYaml, removeFolders, run } from '../../app/program';
import { bareRepository } from './bare';
import { aPublisher, aRequest } from './publishing';

afterAll(removeFolders);

const edited = '{image: {tag: "2026.9.6"}, env: [{name: A, value: b}]}';

it('compares instances with what a branch holds, whoever committed it', async () => {
  const remote = bareRepository();
  try {
    const publisher = aPublisher({ url: remote.path, branch: 'main', allow: ['file'] });
    await Promise.all(['alice', 'bob'].map((name) => publisher.publish(aRequest(name))));
    await publisher.close();
    const folder = folderWith({ 'same.yaml': instanceYaml('alice'), 'new.yaml': instanceYaml('alice', { spec: edited }) });
    const git = ['--base', 'git', '--git-url', remote.path, '--git-allow-file', '--cluster-name', 'prod-eu', '--exit-code', '-q'];
    const same = await run('plan', join(folder, 'same.yaml'), ...git);
    expect([same.code, same.stdout, same.stderr]).toEqual([0, 'nothing changes; 1 instance looked at\n', '']);
    const changed = await run('plan', join(folder, 'new.yaml'), ...git);
    expect([changed.code, changed.stdout.split('\n')[1]]).toEqual([1, '  ~ StatefulSet alice  (restart)']);
    const pruned = await run('plan', join(folder, 'same.yaml'), ...git, '--prune');
    expect(pruned.stdout.split('\n')[0]).toMatch(/^team-a\/bob: \d+ deleted, 0 unchanged$/);
    const elsewhere = await run('plan', join(folder, 'same.yaml'), ...git.map((flag) => (flag === 'prod-eu' ? 'west' : flag)));
    expect(elsewhere.stdout.split('\n')[0]).toMatch(/^team-a\/alice: \d+ created, 0 unchanged$/);
    // What is committed takes the place of the files; the rest of the plan is the same.
    const fromGit = git.map((flag) => (flag === 'git' ? join(folder, 'new.yaml') : flag));
    const committed = await run('plan', join(folder, 'new.yaml'), '--head', 'git', ...fromGit);
    expect([committed.code, committed.stdout.split('\n')[1]]).toEqual([1, '  ~ StatefulSet alice  (restart)']);
    const both = await run(
      'plan',
      join(folder, 'same.yaml'),
      '--head',
      'git',
      ...git.map((flag) => (flag === 'git' ? join(folder, 'same.yaml') : flag)),
    );
    expect([both.code, both.stdout]).toEqual([0, 'nothing changes; 1 instance looked at\n']);
    const twice = await run('plan', join(folder, 'same.yaml'), '--head', 'git', ...git);
    expect([twice.code, twice.stderr]).toEqual([
      2,
      expect.stringContaining('--head git compares what is committed with something else') as string,
    ]);
    expect(remote.commits()).toBe(1);
  } finally {
    remote.remove();
  }
});
