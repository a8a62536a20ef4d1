import { readFileSync, readdirSync, readlinkSync, lstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Rendered, anInstance, rendered, withAnnotations, withSpec } from '../builders';
import { type Outcome, PodBox, describeInBox } from '../pod-box/pod-box';
import { counts } from './counts';

const CONFIG = withSpec({ config: { mergeMode: 'merge', raw: { agents: { defaults: { model: 'opus' } } } } });
const inLayout = (layout: string): Rendered => rendered(anInstance(CONFIG, withAnnotations({ 'openclaw.rocks/volume-layout': layout })));
const SUBFOLDER = inLayout('subfolder');
const IN_ROOT = inLayout('root');
/** The pod of an older layout mounts the root of the volume, and moves nothing. */
const OLDER = rendered(anInstance(CONFIG, withSpec({ storage: { persistence: { existingClaim: 'alice-data' } } })));

/** What an agent of an older layout left in the root: files, folders, a link, a name that is no text, and what belongs to root. */
const OLDER_DATA = `
  mkdir -p workspace agents/main .local/bin .openclaw
  echo mine-config > openclaw.json.bak; echo '{"ui":{"seamColor":"#fff"}}' > openclaw.json
  echo mine-text > workspace/AGENTS.md; echo mine-agent > agents/main/sessions.json; ln -s workspace/AGENTS.md link
  echo mine-own > .openclaw/own; echo mine-tool > .local/bin/tool
  node -e 'require("fs").writeFileSync(Buffer.from([0xff, 0x41]), "mine-bytes")'
  chown -Rh 1000:1000 . 2>/dev/null; chown 0:1000 .
  mkdir -m 700 lost+found; mkdir -m 755 roots; echo mine-root > roots/file`;
const OLDER_TEXTS = ['agent', 'bytes', 'config', 'own', 'root', 'text', 'tool'].map((text) => `mine-${text}`);

// A start is six processes, and the machine may be busy.
jest.setTimeout(60_000);

let box: PodBox;
beforeEach(async () => {
  box = await PodBox.start(SUBFOLDER);
});
afterEach(async () => box.stop());

function expectStart(pod: PodBox): Outcome {
  const outcome = pod.run('init-config');
  expect(outcome).toMatchObject({ status: 0 });
  expect(pod.run('init-workspace')).toMatchObject({ status: 0 });
  expect(pod.hook()).toMatchObject({ status: 0 });
  return outcome;
}

/** Everything on the volume: each name with what it is. */
function listing(): string[] {
  const entries = readdirSync(box.data(), { withFileTypes: true, recursive: true });
  return entries.map((entry) => `${entry.parentPath.slice(box.data().length)}/${entry.name}${entry.isDirectory() ? '/' : ''}`).sort();
}

/** The texts of the older layout, once for each file that holds one. */
function texts(): string[] {
  const files = readdirSync(box.data(), { withFileTypes: true, recursive: true, encoding: 'latin1' }).filter((entry) => entry.isFile());
  const all = files.map(({ parentPath, name }) => readFileSync(Buffer.from(`${parentPath}/${name}`, 'latin1'), 'utf8'));
  return all.flatMap((text) => text.match(/^mine-[a-z]+/) ?? []).sort();
}

const config = (): unknown => JSON.parse(box.inAgent('/bin/cat', '/home/openclaw/.openclaw/openclaw.json').stdout);
const old = (): void => expect(box.asRoot(OLDER_DATA)).toMatchObject({ status: 0, stderr: '' });

/** What a container that mounts the root finds at the names of the older layout. */
const FOUND = 'cat openclaw.json.bak workspace/AGENTS.md agents/main/sessions.json link .local/bin/tool';
const found = (): string[] => box.asRoot(FOUND).stdout.trim().split('\n');
const EXPECTED = ['mine-config', 'mine-text', 'mine-agent', 'mine-text', 'mine-tool'];

describeInBox('T-R5 the layout of the volume', () => {
  it('gives the agent a folder that belongs to its user, though the root belongs to root', () => {
    expectStart(box);
    const { stdout } = box.asAgent(
      'stat -c "%u %a" . ; chmod 700 . && stat -c "%u %a" . ; chmod 700 ../.local && touch ../.local/x && echo well',
    );
    expect(stdout).toBe('1000 2770\n1000 2700\nwell\n');
    expect(listing()).toEqual(expect.arrayContaining(['/.openclaw/', '/.openclaw/openclaw.json', '/.local/', '/.openclaw-subfolder']));
  });

  it('moves what an older layout left, once, and leaves links for whoever mounts the root', () => {
    old();
    expect(expectStart(box).stderr).toMatch(/moved 7 entries into \.openclaw/);
    expect(texts()).toEqual(OLDER_TEXTS);
    expect(
      box
        .asAgent(`${FOUND.replace('.local', '../.local')}; cat .openclaw.older/own`)
        .stdout.trim()
        .split('\n'),
    ).toEqual([...EXPECTED, 'mine-own']);
    expect(config()).toMatchObject({ ui: { seamColor: '#fff' }, gateway: { mode: 'local' } });
    expect(found()).toEqual(EXPECTED);
    expect(readlinkSync(box.data('agents'))).toBe('.openclaw/agents');
    expect(expectStart(box).stderr).not.toContain('moved');
  });

  it('leaves what cannot be moved, and lost+found, where it is, and says so', () => {
    old();
    const { stderr } = expectStart(box);
    expect(stderr).toMatch(/roots stays where it is: EACCES/);
    expect(lstatSync(box.data('lost+found')).isDirectory()).toBe(true);
    expect(readFileSync(box.data('roots/file'), 'utf8')).toBe('mine-root\n');
  });

  it('lets the state win where both sides have an entry, and keeps the other one', () => {
    box.asRoot(
      'mkdir .openclaw; touch .openclaw-subfolder.moving; echo mine-a > .openclaw/note; echo mine-b > note; chown -R 1000:1000 .openclaw note',
    );
    expect(expectStart(box).stderr).toContain('note is in .openclaw too');
    expect(box.asAgent('cat note note.older').stdout).toBe('mine-a\nmine-b\n');
    expect(box.asRoot('cat note').stdout).toBe('mine-a\n');
  });

  it('takes over the state of another user, as after a change of runAsUser: the application sets the mode of its folder', () => {
    expectStart(box);
    box.asAgent('echo mine-other > workspace/other');
    box.asRoot('chown -R 2000:1000 .openclaw; chmod -R g+rwX .openclaw');
    expectStart(box);
    expect(box.asAgent('stat -c %u . && chmod 700 . && cat workspace/other').stdout).toBe('1000\nmine-other\n');
    expect(listing()).not.toEqual(expect.arrayContaining(['/.openclaw.other-owner/']));
  });

  it('writes names into its log on one line', () => {
    box.asRoot(`mkdir "$(printf 'a\\nvolume: forged')"`);
    expect(box.run('init-config').stderr).toContain('a?volume: forged stays where it is');
  });

  it('follows the links of names that come and go', () => {
    expectStart(box);
    box.asAgent('echo mine-new > new; mkdir folder');
    expectStart(box);
    expect(box.asRoot('cat new; readlink folder').stdout).toBe('mine-new\n.openclaw/folder\n');
    box.asAgent('rm -r new folder');
    expectStart(box);
    expect(listing()).not.toEqual(expect.arrayContaining(['/new']));
  });

  it('serves an older volume that is full as it was, until there is room for a folder', async () => {
    old();
    box.asRoot('mkdir .cache .config; chown 1000:1000 .cache .config');
    const full = ['/usr/bin/strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=mkdir', '-e', 'inject=mkdir:error=ENOSPC'];
    for (let start = 0; start < 2; start += 1) {
      expect(await box.start('init-config', full).end).toMatchObject({ status: 0, stderr: expect.stringContaining('make room') });
      expect(box.run('init-workspace')).toMatchObject({ status: 0 });
      expect(box.hook()).toMatchObject({ status: 0 });
      expect(box.asAgent(FOUND.replace('.local', '../.local')).stdout.trim().split('\n')).toEqual(EXPECTED);
    }
    expect(config()).toMatchObject({ ui: { seamColor: '#fff' }, gateway: { mode: 'local' } });
    expect(expectStart(box).stderr).toMatch(/moved \d+ entries/);
    expect([found(), texts()]).toEqual([EXPECTED, OLDER_TEXTS]);
  });

  it('serves a pod of the older layout, and takes up again what that one made', () => {
    old();
    expectStart(box);
    box.roll(OLDER);
    expectStart(box);
    expect(
      box.asAgent(`${FOUND}; echo mine-late > late; echo '{"ui":{"seamColor":"#000"}}' > openclaw.json`).stdout.trim().split('\n'),
    ).toEqual(EXPECTED);
    box.roll(SUBFOLDER);
    expect(expectStart(box).stderr).toMatch(/openclaw\.json is in the root and in \.openclaw/);
    expect(box.asAgent('cat late').stdout).toBe('mine-late\n');
    expect(config()).toMatchObject({ ui: { seamColor: '#fff' } });
    expect(texts()).toEqual([...OLDER_TEXTS, 'mine-late'].sort());
  });

  it('moves everything back when the instance says so, and forward again', () => {
    old();
    const before = listing().filter((name) => !name.includes('.openclaw/'));
    expectStart(box);
    box.roll(IN_ROOT);
    expect(expectStart(box).stderr).toContain('moved the entries of .openclaw back');
    expect(listing()).toEqual(expect.arrayContaining(before));
    expect(listing().filter((name) => /subfolder|^\/\.openclaw\//.test(name))).toEqual([]);
    expect([found(), texts()]).toEqual([EXPECTED, OLDER_TEXTS]);
    box.roll(SUBFOLDER);
    expectStart(box);
    expect([found(), texts()]).toEqual([EXPECTED, OLDER_TEXTS]);
  });
});

/** Ends a container's program before the call of a number, as a node that loses its power would. */
function cutBefore(call: string, number: number): readonly string[] {
  return ['/usr/bin/strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${number}`];
}

const CALLS = ['rename', 'symlink', 'mkdir', 'chmod', 'unlink', 'rmdir', 'fsync'];

/** Cuts the first init container before each call that changes the volume. @returns how many cuts there were */
async function cutEverywhere(make: () => void, check: () => void): Promise<number> {
  let cuts = 0;
  for (const call of CALLS) {
    for (let number = 1; ; number += counts.cutStep) {
      await box.renew();
      make();
      const { signal, status } = await box.start('init-config', cutBefore(call, number)).end;
      if (status === 0) break;
      expect([signal, status]).toEqual(['SIGKILL', null]);
      cuts += 1;
      check();
      expectStart(box);
      check();
    }
  }
  return cuts;
}

describeInBox('T-R5 T-R8 a start that is cut at any step', () => {
  it('loses nothing of a volume that moves, and ends well the next time', async () => {
    const cuts = await cutEverywhere(old, () => {
      expect(texts()).toEqual(OLDER_TEXTS);
      const entries = ['openclaw.json.bak', 'workspace/AGENTS.md', 'agents/main/sessions.json'];
      for (const entry of entries) expect(box.asRoot(`cat ${entry} || cat .openclaw/${entry}`)).toMatchObject({ status: 0 });
    });
    expect(cuts).toBeGreaterThan(counts.cutStep === 1 ? 20 : 3);
  }, 900_000);

  it('nor of one that moves back', async () => {
    const cuts = await cutEverywhere(
      () => {
        box.roll(SUBFOLDER);
        old();
        expectStart(box);
        box.roll(IN_ROOT);
      },
      () => expect(texts()).toEqual(OLDER_TEXTS),
    );
    expect(cuts).toBeGreaterThan(counts.cutStep === 1 ? 15 : 2);
  }, 900_000);

  it('nor when it is killed at any moment', async () => {
    for (let kill = 0; kill < counts.kills; kill += 1) {
      await box.renew();
      old();
      for (const container of ['init-config', 'init-workspace']) {
        const { child, end } = box.start(container);
        await sleep(Math.random() * 300);
        child.kill('SIGKILL');
        await end;
        // An init container starts again until it has ended well.
        expect(box.run(container)).toMatchObject({ status: 0 });
      }
      const hook = box.startInAgent('/usr/local/bin/node', '/operator-config/install-config.mjs', '/operator-config/config-plan.json');
      await sleep(Math.random() * 300);
      hook.child.kill('SIGKILL');
      await hook.end;
      expectStart(box);
      expect([found(), texts(), config()]).toEqual([EXPECTED, OLDER_TEXTS, expect.objectContaining({ ui: { seamColor: '#fff' } })]);
    }
  }, 900_000);
});

describeInBox('T-R9 programs that the agent plants', () => {
  it('never run in place of ours, nor of the system', () => {
    const view = rendered(anInstance(withSpec({ probes: { diskReadiness: { enabled: true } } })));
    box.roll(view);
    expectStart(box);
    const planted = ['node', 'sh', 'df', 'awk', 'curl', 'cat'];
    box.asAgent(
      `mkdir -p ../.local/bin; for name in ${planted.join(' ')}; do printf '#!/bin/sh\\necho x >> ~/.local/ran\\n' > ../.local/bin/$name; chmod 755 ../.local/bin/$name; done`,
    );
    expectStart(box);
    const probe = view.agent['readinessProbe'] as { exec: { command: string[] } };
    box.inAgent(...probe.exec.command);
    expect(box.inAgent('/bin/sh', '-c', 'node --version').stdout).toBe(`${process.version}\n`);
    expect(listing()).not.toEqual(expect.arrayContaining(['/.local/ran']));
    box.asAgent('echo "#!/bin/sh" > ../.local/bin/mine; chmod 755 ../.local/bin/mine');
    expect(box.inAgent('/bin/sh', '-c', 'command -v mine').stdout).toBe('/home/openclaw/.local/bin/mine\n');
  });
});
