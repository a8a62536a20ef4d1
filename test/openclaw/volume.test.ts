import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dialectOf } from '../../constructs';
import { endingSeconds } from '../../constructs/spec/dialect';
import { anInstance, rendered, withAnnotations, withSpec } from '../builders';
import { MISSING_BOX, PodBox } from '../pods/box/pod-box';
import { BOOT_MS, openclaw, readyGateway, releaseBind } from './pod-gateway';
import { type Release, RELEASES, describeWith, releaseOf } from './releases';
import { WITHOUT_METRICS } from './rendered';

/** The pod of an instance, with a release in the place of its image, on a volume whose root belongs to root. */
async function podOf(release: Release, layout: string): Promise<PodBox> {
  const view = rendered(
    anInstance(
      withSpec({ image: { tag: release.version }, config: { mergeMode: 'merge' }, observability: WITHOUT_METRICS }),
      withAnnotations({ 'openclaw.rocks/volume-layout': layout }),
    ),
  );
  const pod = await PodBox.start(view, { size: '1g', files: 100_000, node: release.node, binds: [releaseBind(release)] });
  for (const container of ['init-config', 'init-workspace']) expect(pod.run(container)).toMatchObject({ status: 0 });
  return pod;
}

let pod: PodBox;

for (const release of RELEASES) {
  describeWith(`T-R5 the volume of ${release.version} whose root belongs to root`, [release.missing, MISSING_BOX], () => {
    beforeAll(async () => {
      pod = await podOf(release, 'subfolder');
    }, 30_000);
    afterAll(async () => pod.stop());

    test(
      'lets the gateway get ready and end by itself, sooner than the pod is killed',
      async () => {
        const gateway = await readyGateway(pod, release);
        expect(pod.hook()).toMatchObject({ status: 0 });
        gateway.child.kill('SIGTERM');
        const { status, stdout, stderr } = await gateway.end;
        expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
        expect(`${stdout}${stderr}`).not.toMatch(/EPERM|EACCES|EROFS/);
      },
      BOOT_MS + 30_000,
    );

    test('takes a change of the config', () => {
      const { status, stderr } = openclaw(pod, release, 'config', 'set', 'ui.seamColor', '#00ff00');
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      expect(readFileSync(pod.data('.openclaw/openclaw.json'), 'utf8')).toContain('#00ff00');
    }, 120_000);

    test('can be mended by the doctor', () => {
      const { status, stdout, stderr } = openclaw(pod, release, 'doctor', '--fix', '--non-interactive');
      expect({ status, text: status === 0 ? '' : `${stdout}${stderr}`.slice(-2000) }).toEqual({ status: 0, text: '' });
    }, 200_000);
  });

  describeWith(`T-R10 the end of ${release.version}`, [release.missing], () => {
    test('takes less time by itself than its pod has', () => {
      const folder = join(release.folder, 'node_modules', 'openclaw', 'dist');
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.m?js$/.test(file));
      const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
      const limits = [...text.matchAll(/\b(?:GATEWAY_)?SHUTDOWN_TIMEOUT_MS = ([\de]+)/g)].map(([, number]) => Number(number));
      const margins = [...text.matchAll(/\bGATEWAY_SUPERVISOR_EXIT_MARGIN_MS = ([\de]+)/g)].map(([, number]) => Number(number));
      expect(limits.length).toBeGreaterThan(0);
      const seconds = (Math.max(...limits) + Math.max(0, ...margins)) / 1000;
      const given = endingSeconds[dialectOf(release.version)];
      expect([seconds <= given, given]).toEqual([
        true,
        rendered(anInstance(withSpec({ image: { tag: release.version } }))).pod['terminationGracePeriodSeconds'],
      ]);
    });
  });
}

const newest = releaseOf('2026.9.6');
describeWith(`T-R5 the root itself, as the state of ${newest.version}`, [newest.missing, MISSING_BOX], () => {
  test('is what the application cannot live in: it may not set its mode', async () => {
    pod = await podOf(newest, 'root');
    const { status, stdout, stderr } = openclaw(pod, newest, 'config', 'set', 'ui.seamColor', '#00ff00');
    await pod.stop();
    expect(status).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/EPERM/);
  }, 120_000);
});
