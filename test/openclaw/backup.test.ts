import { withSpec } from '../builders';
import { MISSING_BOX } from '../pods/box/pod-box';
import { TransferBox } from '../pods/transfer-box';
import { missingRclone } from '../rclone/programs';
import { S3Server } from '../rclone/server';
import { addJob, jobsOf } from './assistant';
import { GatewayClient } from './gateway-client';
import { BOOT_MS, type PodGateway, TOKEN, readyGateway, releaseBind, stopGateway } from './pod-gateway';
import { describeWith, releaseOf } from './releases';
import { WITHOUT_METRICS } from './rendered';

const release = releaseOf('2026.9.6');
const PATH = 'backups/team-a/alice/one';

describeWith(`the data of ${release.version}`, [release.missing, MISSING_BOX, missingRclone()], () => {
  let server: S3Server;
  let box: TransferBox;

  beforeAll(async () => {
    server = await S3Server.start();
    const modifiers = [withSpec({ image: { tag: release.version }, config: { mergeMode: 'merge' }, observability: WITHOUT_METRICS })];
    box = await TransferBox.start(server.secret, {
      modifiers,
      binds: [releaseBind(release)],
      node: release.node,
      size: '1g',
      files: 100_000,
    });
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
      const client = await GatewayClient.open(release, gateway.port, TOKEN);
      await addJob(client, 'watch');
      expect(box.box.asAgent('echo mine > workspace/NOTES.md')).toMatchObject({ status: 0 });
      expect(await jobsOf(client)).toContain('watch');

      expect(box.copy({ path: PATH, isHot: true })).toMatchObject({ status: 0 });
      client.close();
      gateway.child.kill('SIGKILL');
      await gateway.end;
      await box.box.renew();
      const restored = box.copy({ direction: 'restore', jobType: 'restore', path: PATH, aside: 'backups/team-a/alice/aside' });
      expect(restored).toMatchObject({ status: 0 });

      const again = await begin();
      const other = await GatewayClient.open(release, again.port, TOKEN);
      expect(await jobsOf(other)).toContain('watch');
      other.close();
      expect(box.box.asAgent('cat workspace/NOTES.md')).toMatchObject({ stdout: 'mine\n' });
      expect(await stopGateway(again)).not.toMatch(/EPERM|EACCES|EROFS|corrupt|malformed/i);
    },
    3 * BOOT_MS,
  );
});
