import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Modifier, anInstance, rendered, withSpec } from '../builders';
import { MISSING_BOX } from '../pods/box/pod-box';
import { TransferBox } from '../pods/transfer-box';
import { missingRclone } from '../rclone/programs';
import { S3Server } from '../rclone/server';
import { isLong } from '../long';
import { addJob, jobsOf, say } from './assistant';
import { GatewayClient } from './gateway-client';
import { ModelServer } from './model-server';
import { BOOT_MS, type PodGateway, TOKEN, readyGateway, releaseBind, stopGateway } from './pod-gateway';
import { type Release, describeWith, releaseOf } from './releases';
import { WITHOUT_METRICS } from './rendered';

const newer = releaseOf('2026.9.6');

/** From releases of two dialects of the configuration back; the longest way takes its time. */
const OLDER = [releaseOf('2026.6.11'), ...(isLong ? [releaseOf('2026.2.26')] : [])];

const BEFORE = 'backups/team-a/alice/pre-update-2026-11-30T080000Z';
const LEFT = `${BEFORE}-left-by-${newer.version}`;

/** What Jobs write down beside a copy, and on a volume. */
const OF_JOBS: ReadonlySet<string> = new Set(['.openclaw-copy', '.openclaw-restored']);

/** What docs/restore.md says is compared: each file by its name and content, each link by its target, as they stand in a copy. */
function contents(folder: string): Record<string, string> {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  const entries = all.filter((entry) => !entry.isDirectory() && !OF_JOBS.has(entry.name));
  const named = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const [ending, bytes] = entry.isSymbolicLink() ? ['.rclonelink', readlinkSync(path)] : ['', readFileSync(path)];
    return [path.slice(folder.length + 1) + ending, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(named);
}

/** Folders that no copy has. */
const LEFT_OUT = /^(\.private|\.cache|cache|tmp)\//;

/** One instance from release to release: each test goes on where the last one ended. */
function story(older: Release): void {
  const parts = [older.missing, newer.missing, MISSING_BOX, missingRclone()];
  describeWith(`an update from ${older.version} to ${newer.version}, and back`, parts, () => {
    let server: S3Server;
    let model: ModelServer;
    let box: TransferBox;
    let before: Record<string, string> = {};

    const ofRelease = ({ version }: Release): Modifier =>
      withSpec({ image: { tag: version }, config: { mergeMode: 'merge', raw: model.config }, observability: WITHOUT_METRICS });

    beforeAll(async () => {
      [server, model] = await Promise.all([S3Server.start(), ModelServer.start()]);
      const binds = [older, newer].map(releaseBind);
      box = await TransferBox.start(server.secret, { modifiers: [ofRelease(older)], binds, node: older.node, size: '1g', files: 100_000 });
    });
    afterAll(async () => {
      await box?.stop();
      await model.stop();
      await server.stop();
    });

    /** The pod as it is rendered for a release, until the probes that are rendered with it are content. */
    async function begin(release: Release): Promise<PodGateway & { readonly client: GatewayClient }> {
      box.become(ofRelease(release));
      expect(box.startAgent()).toMatchObject({ status: 0 });
      expect(box.box.run('init-workspace')).toMatchObject({ status: 0 });
      const gateway = await readyGateway(box.box, release);
      const { agent } = rendered(anInstance(ofRelease(release)));
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
        const { path } = (agent[probe] as { readonly httpGet: { readonly path: string } }).httpGet;
        expect([probe, (await fetch(`http://127.0.0.1:${gateway.port}${path}`)).status]).toEqual([probe, 200]);
      }
      return { ...gateway, client: await GatewayClient.open(release, gateway.port, TOKEN) };
    }

    /** What the agent has of its past. */
    async function past(client: GatewayClient): Promise<unknown> {
      await say(client, 'What did I say?');
      return {
        told: model.turns.at(-1)?.includes('the door is blue'),
        jobs: await jobsOf(client),
        note: box.box.asAgent('cat workspace/NOTES.md').stdout,
      };
    }

    // A newer release brings jobs of its own.
    const PAST = { told: true, jobs: expect.arrayContaining(['watch']) as unknown, note: 'mine\n' };

    test(
      'T-M3 the data is copied while the older release runs',
      async () => {
        const { client, child, end } = await begin(older);
        model.answer = 'I see.';
        await say(client, 'the door is blue');
        await addJob(client, 'watch');
        expect(box.box.asAgent('echo mine > workspace/NOTES.md')).toMatchObject({ status: 0 });
        expect(box.copy({ jobType: 'pre-update-backup', path: BEFORE, isHot: true })).toMatchObject({ status: 0 });
        before = contents(server.path(BEFORE));
        expect(Object.keys(before)).toEqual(expect.arrayContaining(['openclaw.json', 'workspace/NOTES.md']));
        client.close();
        await stopGateway({ child, end });
      },
      2 * BOOT_MS,
    );

    test(
      'the newer release takes it over: it gets ready by its probes, and knows the conversation, the job and the file',
      async () => {
        const { client, child, end } = await begin(newer);
        expect(await past(client)).toEqual(PAST);
        client.close();
        expect(await stopGateway({ child, end })).not.toMatch(/EPERM|EACCES|EROFS|corrupt|malformed/i);
      },
      2 * BOOT_MS,
    );

    test(
      'T54 taken back, the data is that of before, what the newer one left lies beside it, and the older release goes on with it',
      async () => {
        box.box.asAgent('rm workspace/NOTES.md; echo broken > openclaw.json');
        const restored = box.copy({ direction: 'restore', jobType: 'rollback-restore', path: BEFORE, aside: LEFT });
        expect(restored).toMatchObject({ status: 0 });
        // Nothing of the copy has changed, and the volume is what it says.
        expect(contents(server.path(BEFORE))).toEqual(before);
        const volume = contents(box.box.data());
        expect(Object.fromEntries(Object.keys(before).map((name) => [name, volume[name]]))).toEqual(before);
        expect(Object.keys(volume).filter((name) => !(name in before) && !LEFT_OUT.test(name))).toEqual([]);
        expect(readFileSync(server.path(LEFT, 'openclaw.json'), 'utf8')).toBe('broken\n');

        const { client, child, end } = await begin(older);
        expect(await past(client)).toEqual(PAST);
        client.close();
        expect(await stopGateway({ child, end })).not.toMatch(/EPERM|EACCES|EROFS|corrupt|malformed/i);
      },
      2 * BOOT_MS,
    );
  });
}

for (const older of OLDER) story(older);
