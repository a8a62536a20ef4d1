import { existsSync, readFileSync } from 'node:fs';
import { missingRclone, missingServer } from '../rclone/programs';
import { type S3Program, S3Server } from '../rclone/server';
import { MISSING_BOX, type Outcome } from './box/pod-box';
import { TransferBox } from './transfer-box';

jest.setTimeout(180_000);

const PATH = 'backups/team-a/alice/one';
const ASIDE = 'backups/team-a/alice/pre-restore-x';
const PERIODIC = 'backups/team-a/alice/periodic';

/** More files than one answer of a server lists. */
const MANY = 1100;
const FEW = 9;
const STATE = `
  mkdir -p .openclaw/workspace/many; touch .openclaw-subfolder
  echo '{"a":1}' > .openclaw/openclaw.json; chmod 600 .openclaw/openclaw.json
  ln -s AGENTS.md .openclaw/workspace/link; echo text > .openclaw/workspace/AGENTS.md
  for i in $(seq ${FEW}); do echo $i > .openclaw/workspace/many/$i; done`;

const missing: Readonly<Record<S3Program, string | undefined>> = {
  rclone: MISSING_BOX ?? missingRclone(),
  versitygw: MISSING_BOX ?? missingRclone() ?? missingServer(),
};

for (const [program, why] of Object.entries(missing) as [S3Program, string | undefined][]) {
  const describeHere = why === undefined ? describe : describe.skip;
  describeHere(`a bucket of ${program}${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
    let server: S3Server;
    let box: TransferBox;

    beforeEach(async () => {
      server = await S3Server.start(program);
      box = await TransferBox.start(server.secret, { size: '32m', files: 8000 });
      box.asUser(STATE);
    });
    afterEach(async () => {
      await box.stop();
      await server.stop();
    });

    const restore = (path = PATH): Outcome => box.copy({ direction: 'restore', jobType: 'restore', path, aside: ASIDE });
    const count = (): number => Number(box.asUser('ls workspace/many | wc -l'));

    it('T-L7 takes a copy of more than a thousand files and gives it back, and one aside of what was there', async () => {
      box.asUser(`for i in $(seq ${MANY}); do echo $i > .openclaw/workspace/many/$i; done`);
      expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
      box.asUser('rm .openclaw/workspace/many/?; echo newer > .openclaw/workspace/newer');
      // Nothing of it, such as a link, needs a second try.
      expect(restore()).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/Attempt \d|ERROR/) });
      expect([count(), box.asUser('stat -c %a openclaw.json; readlink workspace/link')]).toEqual([MANY, '600\nAGENTS.md\n']);
      expect(readFileSync(server.path(ASIDE, 'workspace/newer'), 'utf8')).toBe('newer\n');
      expect(existsSync(box.box.data('workspace/newer'))).toBe(false);
    });

    it('T30 takes the runs of a schedule, and snapshots that it copies itself', async () => {
      expect(box.periodic()).toMatchObject({ status: 0 });
      box.asUser('echo more >> .openclaw/workspace/AGENTS.md; rm .openclaw/workspace/many/1');
      const { status, stderr } = box.periodic();
      expect([status, stderr.match(/: Copied \((new|replaced existing)\)$/gm)]).toEqual([0, [expect.any(String)]]);
      const today = new Date().toISOString().slice(0, 10);
      await box.box.renew();
      expect(restore(`${PERIODIC}/snapshots/${today}`)).toMatchObject({ status: 0 });
      expect([count(), box.asUser('cat workspace/AGENTS.md')]).toEqual([FEW - 1, 'text\nmore\n']);
    });

    it('a restore whose Job is made anew after its end leaves the copy aside as it is: that of before', async () => {
      expect(box.copy({ path: PATH })).toMatchObject({ status: 0 });
      box.asUser('echo newer > .openclaw/workspace/newer');
      for (const _time of [1, 2]) expect(restore()).toMatchObject({ status: 0 });
      expect(readFileSync(server.path(ASIDE, 'workspace/newer'), 'utf8')).toBe('newer\n');
      // And it is a copy like any other.
      expect(box.copy({ direction: 'restore', jobType: 'restore', path: ASIDE, aside: `${ASIDE}-2` })).toMatchObject({ status: 0 });
      expect(box.asUser('cat workspace/newer; ls -A')).not.toContain('openclaw-copy');
    });

    it.each<[string, Record<string, string>, RegExp]>([
      ['a wrong key', { S3_SECRET_ACCESS_KEY: 'other-value' }, /403|SignatureDoesNotMatch/],
      ['a key that is not known', { S3_ACCESS_KEY_ID: 'nobody' }, /403|InvalidAccessKeyId|No user exists/],
      ['a bucket that does not exist', { S3_BUCKET: 'nowhere' }, /NoSuchBucket|404|bucket does not exist/],
      ['a server that is away', { S3_ENDPOINT: 'http://127.0.0.1:9' }, /refused/],
    ])('%s fails the Job, which says so and no key, and a restore leaves the volume as it is', async (_what, wrong, words) => {
      // It would be patient for minutes.
      box.before('export RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1');
      const secret = { ...server.secret, ...wrong };
      const { status, stderr, stdout } = box.copy({ path: PATH }, secret);
      expect([status === 0, stderr]).toEqual([false, expect.stringMatching(words)]);
      expect(stderr + stdout).not.toContain('key-value');
      expect(box.copy({ direction: 'restore', jobType: 'restore', path: PATH, aside: ASIDE }, secret).status).not.toBe(0);
      expect(box.asUser('cat .openclaw/openclaw.json; ls .openclaw/workspace/many | wc -l')).toBe(`{"a":1}\n${FEW}\n`);
      box.before();
      expect(box.copy({ path: PATH }, server.secret)).toMatchObject({ status: 0 });
    });

    if (program === 'versitygw') {
      it('a bucket that keeps versions serves the newest ones, and loses none', async () => {
        server.rclone('backend', 'versioning', 'bucket:copies', 'Enabled');
        expect(box.periodic()).toMatchObject({ status: 0 });
        box.asUser('echo more >> .openclaw/workspace/AGENTS.md; rm .openclaw/workspace/many/1');
        expect(box.periodic()).toMatchObject({ status: 0 });
        const versions = server.rclone('lsf', '-R', '--files-only', '--s3-versions', `bucket:copies/${PERIODIC}/latest/workspace`);
        expect(versions).toMatch(/^AGENTS-v[\d-]+\.md$/m);
        await box.box.renew();
        expect(restore(`${PERIODIC}/latest`)).toMatchObject({ status: 0 });
        expect([count(), box.asUser('cat workspace/AGENTS.md')]).toEqual([FEW - 1, 'text\nmore\n']);
      });
    }
  });
}
