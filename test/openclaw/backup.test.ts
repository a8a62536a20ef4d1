import { withSpec } from '../builders';
import { MISSING_BOX } from '../pods/box/pod-box';
import { TransferBox } from '../pods/transfer-box';
import { missingRclone } from '../rclone/programs';
import { S3Server } from '../rclone/server';
import { BOOT_MS, type PodGateway, RELEASE_MOUNT, openclaw, readyGateway } from './pod-gateway';
import { describeWith, releaseOf } from './releases';
import { WITHOUT_METRICS } from './rendered';

const release = releaseOf('2026.9.6');
const PATH = 'backups/team-a/alice/one';

/** Says which jobs the application has in its own store, by their names. */
function jobs(box: TransferBox, { port }: PodGateway): string[] {
  const url = ['--url', `ws://127.0.0.1:${port}`, '--token', 'volume-test-token'];
  const { stdout, stderr, status } = openclaw(box.box, 'cron', 'list', '--json', '--all', ...url);
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  const { jobs: found } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { readonly jobs: readonly { readonly name: string }[] };
  return found.map(({ name }) => name);
}

describeWith(`the data of ${release.version}`, [release.missing, MISSING_BOX, missingRclone()], () => {
  let server: S3Server;
  let box: TransferBox;

  beforeAll(async () => {
    server = await S3Server.start();
    const binds = [{ source: release.folder, mountPath: RELEASE_MOUNT, readOnly: true }];
    const modifiers = [withSpec({ image: { tag: release.version }, config: { mergeMode: 'merge' }, observability: WITHOUT_METRICS })];
    box = await TransferBox.start(server.secret, { modifiers, binds, node: release.node, size: '1g', files: 100_000 });
  });
  afterAll(async () => {
    await box?.stop();
    await server.stop();
  });

  async function begin(): Promise<PodGateway> {
    expect(box.startAgent()).toMatchObject({ status: 0 });
    expect(box.box.run('init-workspace')).toMatchObject({ status: 0 });
    return readyGateway(box.box, release);
  }

  test(
    'is copied while the application runs, comes back to an empty volume, and the application goes on with it',
    async () => {
      const gateway = await begin();
      const url = ['--url', `ws://127.0.0.1:${gateway.port}`, '--token', 'volume-test-token'];
      const added = openclaw(
        box.box,
        'cron',
        'add',
        '--name',
        'watch',
        '--every',
        '1h',
        '--message',
        'hello',
        '--session',
        'isolated',
        ...url,
      );
      expect({ status: added.status, said: added.status === 0 ? '' : `${added.stdout}${added.stderr}` }).toEqual({ status: 0, said: '' });
      expect(box.box.asAgent('echo mine > workspace/NOTES.md')).toMatchObject({ status: 0 });
      expect(jobs(box, gateway)).toContain('watch');

      expect(box.copy({ path: PATH, isHot: true })).toMatchObject({ status: 0 });
      gateway.child.kill('SIGTERM');
      await gateway.end;
      await box.box.renew();
      const restored = box.copy({ direction: 'restore', jobType: 'restore', path: PATH, aside: 'backups/team-a/alice/aside' });
      expect(restored).toMatchObject({ status: 0 });

      const again = await begin();
      expect(jobs(box, again)).toContain('watch');
      expect(box.box.asAgent('cat workspace/NOTES.md')).toMatchObject({ stdout: 'mine\n' });
      again.child.kill('SIGTERM');
      const { status, stdout, stderr } = await again.end;
      expect({ status, said: status === 0 ? '' : stderr }).toEqual({ status: 0, said: '' });
      expect(`${stdout}${stderr}`).not.toMatch(/EPERM|EACCES|EROFS|corrupt|malformed/i);
    },
    3 * BOOT_MS,
  );
});
