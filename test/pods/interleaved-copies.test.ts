import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isLong, size } from '../long';
import { missingRclone } from '../rclone/programs';
import { S3Server } from '../rclone/server';
import { MISSING_BOX, type Outcome } from './box/pod-box';
import { TransferBox } from './transfer-box';

jest.setTimeout(size(180_000, 900_000));

const missing = MISSING_BOX ?? missingRclone();
const describeWithRclone = missing === undefined ? describe : describe.skip;
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;

const FOLDER = 'backups/team-a/alice';
const LATEST = `${FOLDER}/periodic/latest`;
/** A copy whose every file says B. */
const OTHER = `${FOLDER}/other`;

/** No program makes so many calls of rclone. */
const MOST_CALLS = 40;

/** A state whose every file says one letter, each letter with sizes of its own. */
const state = (letter: string): string => `
  find . -mindepth 1 -maxdepth 1 ! -name .private -exec rm -rf {} +
  mkdir -p .openclaw/workspace/deep .local/bin .private; touch .openclaw-subfolder
  text=$(printf '${letter}%.0s' ${'x '.repeat(letter.charCodeAt(0) - 60)})
  for file in openclaw.json workspace/AGENTS.md workspace/deep/one notes.db; do echo $text > .openclaw/$file; done
  echo $text > .local/bin/tool`;

/** What stands before the call of rclone with this number: a shell script. Calls of what it runs are not counted. */
const atCall = (call: number, script: string): string => `
  [ -z "\${INNER:-}" ] || exec $real "$@"
  calls=$(($(cat /data/.private/calls 2>/dev/null || echo 0) + 1)); echo $calls > /data/.private/calls
  if [ $calls = ${call} ]; then ${script}
  fi`;

const inner = 'INNER=yes PATH=/usr/local/lib/first:/usr/local/lib:/usr/local/bin:/usr/bin:/bin';

/** A whole restore, as another pod on the same volume does it. */
const RESTORE = `env -u HOT ${inner} TRANSFER=restore TRANSFER_PATH=${OTHER} ASIDE_PATH=${FOLDER}/pre-restore-y sh /usr/local/lib/first/transfer.sh >>/data/.private/log 2>&1 || exit 99`;

/** A whole run of the schedule, with its copy of the databases. It may fail. */
const RUN = `
  mkdir -p /data/.private/snapshot
  export SNAPSHOT_FOLDER=/data/.private/snapshot
  (${inner} /usr/local/bin/node /usr/local/lib/first/snapshot-databases.mjs /data $SNAPSHOT_FOLDER &&
  env -u HOT ${inner} TRANSFER=periodic INSTANCE=alice NAMESPACE=team-a RETENTION_DAYS=7 sh /usr/local/lib/first/transfer.sh) >>/data/.private/log 2>&1`;

/** What stands before rclone: once a restore has compared what it brought, this happens in the bucket. */
const onceCompared = (script: string): string => `
  [ -z "\${INNER:-}" ] || exec $real "$@"
  case "$1 $2" in "check bucket:"*) $real "$@" || exit; ${script}
  exit 0 ;;
  esac`;

/** Another instance, whose every file says D, makes its copy at the path of B. */
const REWRITE = `env -u HOT ${inner} DATA_FOLDER=/data/.private/other TRANSFER=backup TRANSFER_PATH=${OTHER} sh /usr/local/lib/first/transfer.sh >>/data/.private/log 2>&1 || exit 99`;

const today = (): string => `${FOLDER}/periodic/snapshots/${new Date().toISOString().slice(0, 10)}`;

function textsIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.openclaw-'));
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describeWithRclone(`copies and restores of one volume at one time, by the real rclone${skipped}`, () => {
  let server: S3Server;
  let box: TransferBox;

  beforeEach(async () => {
    server = await S3Server.start();
    box = await TransferBox.start(server.secret);
    box.beside('transfer.sh', 'snapshot-databases.mjs');
    box.asUser(state('B'));
    box.copy({ path: OTHER });
    begin();
  });
  afterEach(async () => {
    await box.stop();
    await server.stop();
  });

  /** A was copied by the schedule, and since then each file has changed: no run has anything to do with what lies in the bucket. */
  function begin(): void {
    box.before();
    box.asUser(`${state('A')}\nrm -rf .private/*`);
    expect(box.periodic()).toMatchObject({ status: 0 });
    box.asUser(state('C'));
  }

  const restore = (path: string, aside = 'x'): Outcome =>
    box.copy({ direction: 'restore', jobType: 'restore', path, aside: `${FOLDER}/pre-restore-${aside}` });
  const calls = (): number => Number(box.asUser('cat .private/calls 2>/dev/null || echo 0'));

  /** The letters of a copy that can be restored. */
  function lettersOf(path: string): string {
    if (!readFileSync(server.path(path, '.openclaw-copy'), 'utf8').startsWith('whole ')) return 'open';
    return [...new Set(textsIn(server.path(path)).flatMap((text) => text.trim().split('')))].toSorted().join('');
  }

  /** Tells what of it is to be told at each call of rclone: in the short form at these only. */
  function atEachCall(short: readonly number[], tell: (call: number) => void): void {
    const told: number[] = [];
    for (const call of isLong ? Array.from({ length: MOST_CALLS }, (_none, index) => index + 1) : short) {
      begin();
      tell(call);
      const isThere = calls() >= call;
      box.before();
      if (!isThere) break;
      told.push(call);
    }
    expect(told.length).toBeGreaterThanOrEqual(isLong ? 8 : short.length);
  }

  it('a restore in the middle of a run of the schedule leaves no mixture that can be restored from, and the next run is whole', () => {
    atEachCall([1, 4, 8], (call) => {
      box.before(atCall(call, RESTORE));
      const { status } = box.periodic();
      const [latest, snapshot] = [lettersOf(LATEST), lettersOf(today())];
      expect({ call, latest, snapshot }).toEqual({
        call,
        latest: expect.stringMatching(/^([ABC]|open)$/),
        snapshot: expect.stringMatching(/^([ABC]|open)$/),
      });
      // Whoever copied a mixture has failed, and is tried again.
      expect({ call, latest, hasFailed: status !== 0 }).toEqual({ call, latest, hasFailed: latest === 'open' });
      const restored = calls() < call ? 'C' : 'B';
      box.before();
      expect(box.periodic()).toMatchObject({ status: 0 });
      expect([lettersOf(LATEST), lettersOf(today())]).toEqual([restored, restored]);
    });
  });

  it('a run of the schedule in the middle of a restore leaves no mixture either, and the restore is whole', () => {
    atEachCall([3, 8], (call) => {
      box.before(atCall(call, RUN));
      expect({ call, ...restore(OTHER, String(call)) }).toMatchObject({ call, status: 0 });
      const [latest, snapshot] = [lettersOf(LATEST), lettersOf(today())];
      expect({ call, latest, snapshot }).toEqual({
        call,
        latest: expect.stringMatching(/^([ABC]|open)$/),
        snapshot: expect.stringMatching(/^([ABC]|open)$/),
      });
      expect(textsIn(box.box.data('workspace')).filter((text) => !text.startsWith('B'))).toEqual([]);
    });
  });

  it.each(['exit 137', '$real "$@"; exit 137'])(
    'a run that is cut (%s) leaves no mixture that can be restored from; the next one is whole',
    (cut) => {
      atEachCall([2, 9], (call) => {
        box.before(atCall(call, cut));
        const { status } = box.periodic();
        const [latest, snapshot] = [lettersOf(LATEST), lettersOf(today())];
        expect({ call, latest, snapshot }).toEqual({
          call,
          latest: expect.stringMatching(/^([AC]|open)$/),
          snapshot: expect.stringMatching(/^([AC]|open)$/),
        });
        expect(status === 0).toBe(calls() < call);
        box.before();
        expect(box.periodic()).toMatchObject({ status: 0 });
        expect([lettersOf(LATEST), lettersOf(today())]).toEqual(['C', 'C']);
      });
    },
  );

  it('a copy that is being written, or whose writer was cut, is not restored, unless a person removes the mark', () => {
    box.before(atCall(2, 'exit 137'));
    expect(box.periodic().status).toBe(137);
    box.before();
    expect(restore(LATEST)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`what is at ${LATEST} in the bucket is not whole`),
    });
    expect(box.asUser('cat .openclaw/openclaw.json')).toMatch(/^C+\n$/);
    server.rclone('deletefile', `bucket:copies/${LATEST}/.openclaw-copy`);
    expect(restore(LATEST)).toMatchObject({ status: 0 });
  });

  it('a copy that is written anew while it is restored fails the restore, also where it is whole again by then', () => {
    box.asUser(`mkdir -p .private/other; cd .private/other; ${state('D')}`);
    box.before(onceCompared(REWRITE));
    expect(restore(OTHER)).toMatchObject({ status: 1, stderr: expect.stringContaining('was written or removed while it was restored') });
    expect(lettersOf(OTHER)).toBe('D');
    box.before();
    expect(restore(OTHER)).toMatchObject({ status: 0 });
    expect([...new Set(textsIn(box.box.data('workspace')).map(([letter]) => letter))]).toEqual(['D']);
  });

  it.each([
    ['whole', `$real purge bucket:copies/${OTHER}`],
    ['whole', `$real deletefile bucket:copies/${OTHER}/.openclaw-copy`],
    ['of the reference operator', `$real purge bucket:copies/${OTHER}`],
    ['of the reference operator', `echo whole | $real rcat bucket:copies/${OTHER}/.openclaw-copy`],
  ])('a copy (%s) that is not what it was when its restore ends (%s) fails it', (made, script) => {
    if (made !== 'whole') server.rclone('deletefile', `bucket:copies/${OTHER}/.openclaw-copy`);
    box.before(onceCompared(script));
    expect(restore(OTHER)).toMatchObject({ status: 1, stderr: expect.stringContaining('the volume may hold a part of a copy') });
    expect(box.asUser('ls -A')).toContain('.openclaw-restoring');
  });

  it.each([
    ['delete', '$real deletefile "$2/notes.db"; exit 137'],
    ['delete', '$real "$@"; exit 137'],
    ['purge', 'exit 137'],
  ])('an old snapshot whose removal is cut (%s, %s) is not restored, and the next run removes the rest', (verb, cut) => {
    const old = `${FOLDER}/periodic/snapshots/2020-01-01`;
    server.rclone('copy', `bucket:copies/${OTHER}`, `bucket:copies/${old}`);
    box.before(`case "$1" in ${verb}) ${cut} ;; esac`);
    expect(box.periodic().status).toBe(137);
    box.before();
    expect(restore(old)).toMatchObject({ status: 1, stderr: expect.stringMatching(/is not whole|no state of OpenClaw/) });
    expect(lettersOf(old)).toBe('open');
    expect(box.periodic()).toMatchObject({ status: 0 });
    expect(existsSync(server.path(old))).toBe(false);
  });

  it('a copy aside of an earlier version, which has another mark, is never written over, and is restored without the mark', () => {
    const aside = `${FOLDER}/pre-restore-older`;
    server.rclone('copy', `bucket:copies/${LATEST}`, `bucket:copies/${aside}`, '--exclude', '/.openclaw-copy');
    server.rclone('copyto', `bucket:copies/${LATEST}/.openclaw-copy`, `bucket:copies/${aside}/.openclaw-aside`);
    expect(restore(OTHER, 'older')).toMatchObject({ status: 0 });
    expect([...new Set(textsIn(server.path(aside)).map(([letter]) => letter))]).toEqual(['A']);
    expect(restore(aside)).toMatchObject({ status: 0 });
    expect(box.asUser('ls -A; cat openclaw.json')).toMatch(/^((?!aside)[^])*\nA+\n$/);
  });

  it('what an agent went on with after a restore was given up is put aside before the next one', () => {
    box.before('case "$1 $2" in "sync bucket:"*other) exit 137 ;; esac');
    expect(restore(OTHER).status).toBe(137);
    box.before();
    // The pods start on what is there, and the start moves the mark with the state.
    expect(box.startAgent()).toMatchObject({ status: 0 });
    // They are a volume like any other again.
    expect(box.periodic()).toMatchObject({ status: 0 });
    expect(box.copy({ path: `${FOLDER}/last` })).toMatchObject({ status: 0 });
    expect(box.copy({ path: `${FOLDER}/before-update`, isHot: true })).toMatchObject({ status: 0 });
    for (const path of [LATEST, `${FOLDER}/last`, `${FOLDER}/before-update`]) {
      expect(readFileSync(server.path(path, '.openclaw-copy'), 'utf8')).toMatch(/^whole /);
    }
    expect(box.startAgent()).toMatchObject({ status: 0 });
    expect(box.box.asAgent('echo since > since')).toMatchObject({ status: 0 });
    expect(restore(OTHER, 'z')).toMatchObject({ status: 0 });
    expect(readFileSync(server.path(FOLDER, 'pre-restore-z/since'), 'utf8')).toBe('since\n');
    expect(box.asUser('ls -A')).not.toContain('.openclaw-restoring');
    expect(box.periodic()).toMatchObject({ status: 0 });
  });
});
