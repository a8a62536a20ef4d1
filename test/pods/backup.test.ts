import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withSpec } from '../builders';
import { NODE } from '../openclaw/releases';
import { missingRclone } from '../rclone/programs';
import { S3Server } from '../rclone/server';
import { MISSING_BOX } from './box/pod-box';
import { TransferBox } from './transfer-box';

jest.setTimeout(120_000);

const missing = MISSING_BOX ?? missingRclone();
const describeWithRclone = missing === undefined ? describe : describe.skip;
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

/** A volume as an agent leaves it, its state in a folder: what is private, links, modes, what has no bytes, and caches. */
const STATE = `
  mkdir -p .openclaw/agents/main/sessions .openclaw/workspace/empty .openclaw/cache .openclaw/tmp .local/bin .private/tailscale .cache
  touch .openclaw-subfolder
  echo '{"a":1}' > .openclaw/openclaw.json; chmod 600 .openclaw/openclaw.json
  echo text > .openclaw/workspace/AGENTS.md
  echo one > .openclaw/agents/main/sessions/1.jsonl
  : > .openclaw/nothing
  ln -s AGENTS.md .openclaw/workspace/link; ln -s /nowhere/at/all .openclaw/workspace/dangling
  echo made > .openclaw/cache/made; echo made > .openclaw/tmp/made; echo made > .cache/made
  printf '#!/bin/sh\\necho tool\\n' > .local/bin/tool; chmod 755 .local/bin/tool
  echo private > .private/tailscale/key
  ln -s .openclaw/workspace workspace`;

/** What of it lies in the bucket. */
const COPIED = [
  '.local/bin/tool',
  '.openclaw-copy',
  'agents/main/sessions/1.jsonl',
  'nothing',
  'openclaw.json',
  'workspace/AGENTS.md',
  'workspace/dangling.rclonelink',
  'workspace/link.rclonelink',
];

/** What a restore brings: each file with its mode and content, each link with its target. */
const LISTING = `find . \\( -path ./.private -o -path ./cache -o -path ./tmp -o -path ./.cache \\) -prune -o \\( -type f -printf '%P %m ' -exec head -c 20 {} \\; -exec echo \\; \\) -o -type l -printf '%P -> %l\\n' | grep . | sort`;

const RESTORED = [
  'workspace/AGENTS.md 644 text',
  'workspace/dangling -> /nowhere/at/all',
  'workspace/link -> AGENTS.md',
  'nothing 644 ',
  'openclaw.json 600 {"a":1}',
];

const PATH = 'backups/team-a/alice/one';

const describeWithSqlite = existsSync(NODE) ? describe : describe.skip;
const noSqlite = existsSync(NODE) ? '' : ' (skipped: no node with SQLite, node test/openclaw/install.mjs installs one)';

describeWithRclone(`the real rclone and a real S3 server${skipped}`, () => {
  let server: S3Server;
  let box: TransferBox;
  const start = async (options?: Parameters<typeof TransferBox.start>[1]): Promise<void> => {
    box = await TransferBox.start(server.secret, options);
  };

  beforeEach(async () => {
    server = await S3Server.start();
  });
  afterEach(async () => {
    await box.stop();
    await server.stop();
  });

  const files = (path: string): string[] =>
    server.rclone('lsf', '-R', '--files-only', `bucket:copies/${path}`).trim().split('\n').toSorted();
  const lines = (script: string): string[] => box.asUser(script).trimEnd().split('\n');
  const restore = (path = PATH, aside = 'backups/team-a/alice/pre-restore-x') =>
    box.copy({ direction: 'restore', jobType: 'restore', path, aside });

  it('E31 T-L2 T34 copies the state to the top, and nothing that is private or made again', async () => {
    await start();
    box.asUser(STATE);
    expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
    expect(files(PATH)).toEqual(COPIED);
  });

  it.each(['folder', 'root'])('brings back modes and links into a volume whose state was in its %s', async (layout) => {
    await start();
    box.asUser(layout === 'folder' ? STATE : `${STATE}\nrm workspace .openclaw-subfolder; mv .openclaw/* .; rmdir .openclaw`);
    expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
    expect(files(PATH)).toEqual(COPIED);
    await box.box.renew();
    expect(restore()).toMatchObject({ status: 0 });
    expect(lines(LISTING)).toEqual(expect.arrayContaining(RESTORED));
    expect(box.asUser('.local/bin/tool')).toBe('tool\n');
    // Nothing was there to be copied aside, and no trace of the work stays.
    expect(existsSync(server.path('backups/team-a/alice/pre-restore-x'))).toBe(false);
    expect(lines('ls -A')).not.toContain('.openclaw-restoring');
  });

  it('T-L16 gives what it restores to the user of this instance, whoever made the copy', async () => {
    await start();
    box.asUser(STATE);
    expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
    await box.stop();
    const security = { podSecurityContext: { runAsUser: 2000 }, containerSecurityContext: { runAsUser: 2000 } };
    await start({ modifiers: [withSpec({ security })] });
    expect(restore()).toMatchObject({ status: 0 });
    expect(box.asUser('stat -c "%u %a" openclaw.json')).toBe('2000 600\n');
  });

  it('restores over a volume with data only after a copy of that, and what is not in the copy goes', async () => {
    await start();
    box.asUser(STATE);
    expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
    box.asUser('echo newer > .openclaw/workspace/newer; echo changed > .openclaw/workspace/AGENTS.md');
    expect(restore()).toMatchObject({ status: 0 });
    expect(files('backups/team-a/alice/pre-restore-x')).toContain('workspace/newer');
    expect(lines('cat workspace/AGENTS.md; ls -A; cat .private/tailscale/key')).toEqual(expect.arrayContaining(['text', 'private']));
    expect(existsSync(box.box.data('workspace/newer'))).toBe(false);
    expect(existsSync(box.box.data('.openclaw/workspace'))).toBe(false);
  });

  it('E31 brings what the next start of the pod moves where it belongs', async () => {
    await start();
    box.asUser(STATE);
    expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
    await box.box.renew();
    expect(restore()).toMatchObject({ status: 0 });
    expect(box.startAgent()).toMatchObject({ status: 0, stderr: expect.stringContaining('moved') });
    expect(
      box.box.asAgent('pwd; cat workspace/AGENTS.md agents/main/sessions/1.jsonl; ../.local/bin/tool; readlink workspace/link').stdout,
    ).toBe('/home/openclaw/.openclaw\ntext\none\ntool\nAGENTS.md\n');
  });

  /** What the Job of the reference operator runs, as it has it: the bucket and the keys are arguments. */
  function theirs(direction: 'backup' | 'restore'): void {
    const { S3_ENDPOINT = '', S3_ACCESS_KEY_ID = '', S3_SECRET_ACCESS_KEY = '' } = server.secret;
    const [data, copy] = ['/data/', `:s3:copies/${PATH}`];
    const ends = direction === 'backup' ? [data, copy] : [copy, data];
    const bucket = [
      '--s3-provider=Other',
      `--s3-endpoint=${S3_ENDPOINT}`,
      `--s3-access-key-id=${S3_ACCESS_KEY_ID}`,
      `--s3-secret-access-key=${S3_SECRET_ACCESS_KEY}`,
    ];
    const outcome = box.box.inAgent(
      'RCLONE_CONFIG=/notfound',
      '/usr/local/lib/rclone',
      'sync',
      ...ends,
      ...bucket,
      '--transfers=8',
      '--checkers=16',
      '-v',
    );
    expect({ ...outcome, stderr: outcome.status === 0 ? '' : outcome.stderr }).toMatchObject({ status: 0, stderr: '' });
  }

  it('restores a copy that the Job of the reference operator made, which has no modes and no links', async () => {
    await start();
    // Its volume is the state itself.
    box.asUser(`${STATE}\nrm workspace .openclaw-subfolder; mv .openclaw/* .; rmdir .openclaw`);
    theirs('backup');
    await box.box.renew();
    expect(restore()).toMatchObject({ status: 0 });
    expect(lines('cat openclaw.json workspace/AGENTS.md agents/main/sessions/1.jsonl')).toEqual(['{"a":1}', 'text', 'one']);
    expect(box.startAgent()).toMatchObject({ status: 0 });
    expect(box.box.asAgent('cat workspace/AGENTS.md; cat ../.local/bin/tool | tail -n 1').stdout).toBe('text\necho tool\n');
  });

  it('makes a copy that the Job of the reference operator restores: the state in the root, as it has it', async () => {
    await start();
    box.asUser(STATE);
    expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
    await box.box.renew();
    theirs('restore');
    expect(lines('find . -type f | sort')).toEqual(COPIED.map((name) => `./${name}`).toSorted());
    expect(lines('cat openclaw.json workspace/AGENTS.md agents/main/sessions/1.jsonl')).toEqual(['{"a":1}', 'text', 'one']);
    // And what came so is a volume that we take over.
    expect(box.startAgent()).toMatchObject({ status: 0 });
    expect(box.box.asAgent('cat workspace/AGENTS.md').stdout).toBe('text\n');
  });

  it('goes on where it was cut, and the copy aside stays that of the whole volume', async () => {
    await start();
    box.asUser(STATE);
    expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
    box.asUser('echo newer > .openclaw/workspace/newer');
    box.before('case "$1 $2" in "sync bucket:copies/backups/team-a/alice/one") $real copy "$2/nothing" "$3"; exit 137 ;; esac');
    expect(restore().status).toBe(137);
    box.before();
    // A volume that is half restored takes the place of no good copy.
    expect(box.copy({ path: PATH })).toMatchObject({ status: 1, stderr: expect.stringContaining('a restore of this volume has begun') });
    expect(restore()).toMatchObject({ status: 0 });
    expect(files('backups/team-a/alice/pre-restore-x')).toEqual([...COPIED, 'workspace/newer'].toSorted());
    expect(lines(LISTING)).toEqual(expect.arrayContaining(RESTORED));
  });

  it('refuses a path without a state, and leaves the volume as it is', async () => {
    await start();
    box.asUser(STATE);
    expect(restore('backups/team-a/alice/none')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no state of OpenClaw is at'),
    });
    expect(lines('cat .openclaw/openclaw.json')).toEqual(['{"a":1}']);
  });

  it('ends at once and in its own way where there is nothing to copy, and refuses what it does not know', async () => {
    await start();
    expect(box.copy({ path: PATH })).toMatchObject({ status: 42, stderr: expect.stringContaining('volume is empty') });
    box.asUser('echo mine > photo.jpg');
    expect(box.copy({ path: PATH })).toMatchObject({ status: 1, stderr: expect.stringContaining('no state of OpenClaw') });
    expect(restore()).toMatchObject({ status: 1 });
    box.asUser('touch .openclaw-subfolder.moving; mkdir .openclaw');
    expect(box.copy({ path: PATH })).toMatchObject({ status: 1, stderr: expect.stringContaining('is being moved') });
  });

  it('counts only what arrived: a file that is lost or changed on the way fails it', async () => {
    await start();
    box.asUser(STATE);
    box.before('case "$1" in check) $real deletefile "$3/workspace/AGENTS.md" ;; esac');
    expect(box.copy({ path: PATH })).toMatchObject({ status: 1, stderr: expect.stringContaining('is not what is in /data/.openclaw') });
    box.before('case "$1" in check) echo other | $real rcat "$3/workspace/AGENTS.md" ;; esac');
    expect(box.copy({ path: PATH }).status).toBe(1);
    box.before();
    expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a wrong key', { S3_SECRET_ACCESS_KEY: 'other-value' }, /403|SignatureDoesNotMatch/],
    ['half a pair of keys', { S3_SECRET_ACCESS_KEY: '' }, /half a pair/],
    ['a server that is away', { S3_ENDPOINT: 'http://127.0.0.1:9' }, /refused/],
  ])('fails with %s, and says no key', async (_what, wrong, words) => {
    await start();
    box.asUser(STATE);
    // It would be patient for minutes.
    box.before('export RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1');
    const { status, stderr, stdout } = box.copy({ path: PATH }, { ...server.secret, ...wrong });
    expect([status === 0, stderr]).toEqual([false, expect.stringMatching(words)]);
    expect(stderr + stdout).not.toContain('key-value');
  });

  it('T-L7 T30 T31 sends what changed, keeps a snapshot a day, and removes those that are too old', async () => {
    await start();
    box.asUser(STATE);
    const root = 'backups/team-a/alice/periodic';
    expect(box.periodic()).toMatchObject({ status: 0 });
    for (const day of ['2020-01-01', '2020-01-02-mine'])
      server.rclone('copy', `bucket:copies/${root}/latest`, `bucket:copies/${root}/snapshots/${day}`);
    box.asUser('echo more >> .openclaw/workspace/AGENTS.md; rm .openclaw/nothing');
    const { status, stderr } = box.periodic();
    expect(status).toBe(0);
    expect(stderr.match(/: Copied \((new|replaced existing)\)$/gm)).toHaveLength(1);
    const today = new Date().toISOString().slice(0, 10);
    expect(server.rclone('lsf', `bucket:copies/${root}/snapshots`).split('\n').filter(Boolean)).toEqual(['2020-01-02-mine/', `${today}/`]);
    expect(files(`${root}/latest`)).toEqual(COPIED.filter((name) => name !== 'nothing'));
    expect(readFileSync(server.path(root, 'snapshots', today, 'workspace/AGENTS.md'), 'utf8')).toBe('text\nmore\n');
    // Each is a copy that can be restored.
    await box.box.renew();
    expect(restore(`${root}/snapshots/${today}`)).toMatchObject({ status: 0 });
  });

  /** Two tables that agree after each transaction, however often one is written. */
  const WRITER = `
    const { DatabaseSync } = require('node:sqlite');
    const db = new DatabaseSync('/data/.openclaw/state/openclaw.sqlite');
    db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 20; CREATE TABLE IF NOT EXISTS a (n, pad); CREATE TABLE IF NOT EXISTS b (n, pad)');
    for (let n = 0; ; n += 1) {
      db.exec('BEGIN');
      for (const t of ['a', 'b']) for (let i = 0; i < 20; i += 1) db.prepare('INSERT INTO ' + t + " VALUES (?, hex(randomblob(300)))").run(n);
      if (n % 50 === 49) for (const t of ['a', 'b']) db.exec('DELETE FROM ' + t + ' WHERE n < ' + (n - 40));
      db.exec('COMMIT');
      if (n === 5) console.log('writing');
    }`;
  const JUDGE = `
    const { DatabaseSync } = require('node:sqlite');
    const db = new DatabaseSync(process.argv[1]);
    const of = (t) => JSON.stringify(db.prepare('SELECT min(n) lo, max(n) hi, count(*) c FROM ' + t).get());
    console.log(db.prepare('PRAGMA integrity_check').get().integrity_check, of('a') === of('b'));`;

  describeWithSqlite(`a database that is written all the time${noSqlite}`, () => {
    it('is copied as of one moment', async () => {
      await start({ node: NODE });
      box.asUser(`${STATE}\nmkdir .openclaw/state; echo plain > .openclaw/state/notes.db`);
      const { child, end } = box.box.startInAgent('/usr/local/bin/node', '-e', WRITER);
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      const root = 'backups/team-a/alice/periodic/latest';
      for (let run = 0; run < 3; run += 1) {
        expect(box.periodic()).toMatchObject({ status: 0, stderr: expect.not.stringContaining('as it is: ') });
        await sleep(50);
      }
      expect(box.copy({ path: PATH, isHot: true })).toMatchObject({ status: 0 });
      child.kill('SIGKILL');
      await end;
      expect(files(root).filter((name) => name.startsWith('state/'))).toEqual(['state/notes.db', 'state/openclaw.sqlite']);
      for (const copy of [root, PATH]) {
        writeFileSync(box.box.data('judged.sqlite'), readFileSync(server.path(copy, 'state/openclaw.sqlite')), { mode: 0o666 });
        expect(box.box.inAgent('/usr/local/bin/node', '-e', JUDGE, '/data/judged.sqlite').stdout).toBe('ok true\n');
      }
      box.asUser('rm judged.sqlite .openclaw/state/*');
      expect(box.periodic()).toMatchObject({ status: 0 });
      expect(files(root)).toEqual(COPIED);
    });
  });
});
