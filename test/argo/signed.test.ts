import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signedCommit } from '../../gitops/git/git-objects';
import { openpgpSigner } from '../../gitops/git/openpgp-signature';
import type { CommitSigner } from '../../gitops/git/signer';
import { type KubeObject, ok } from '../cluster/api';
import { instance, ref } from '../cluster/controller/instances';
import { describeWith, testApi } from '../cluster/parts';
import { cluster } from '../flux/git-mode';
import { ArgoBed } from './bed';
import { refresh } from './follow';
import { missingGpg } from './key-ring';
import { missingArgo } from './programs';

/** An armored private key, as `gpg --export-secret-keys` has it. */
async function aKey(): Promise<string> {
  const { generateKey } = await import('openpgp');
  const userIDs = { name: 'OpenClaw', email: 'openclaw@example.org' };
  return (await generateKey({ type: 'rsa', rsaBits: 2048, userIDs, format: 'armored' })).privateKey;
}

describeWith(
  ['server', 'controllers', 'traefik', { why: missingArgo() }, { why: missingGpg }],
  'C39 Argo CD that takes no commit but those of our key',
  () => {
    const api = testApi();
    const folder = mkdtempSync(join(tmpdir(), 'openclaw-forged-'));
    let bed: ArgoBed;
    let key = '';
    let ours: CommitSigner;
    let namespace = '';

    beforeAll(async () => {
      key = await aKey();
      ours = await openpgpSigner(key);
      bed = await ArgoBed.begin(api, { keys: { [ours.fingerprint.slice(-16)]: ours.publicKey } });
      await bed.startController({ signingKey: key });
      [namespace = ''] = await bed.namespaces(1);
    }, 120_000);

    afterAll(async () => {
      await bed.end();
      rmSync(folder, { recursive: true, force: true });
    }, 120_000);

    const alice = (value: string): KubeObject => instance(namespace, 'alice', { env: [{ name: 'A', value }] });

    async function valueOf(): Promise<string> {
      const { template } = ok(await api.get(ref('StatefulSet', namespace, 'alice')))['spec'];
      const agent = template.spec.containers.find(({ name }: { name: string }) => name === 'openclaw');
      return agent.env.find(({ name }: { name: string }) => name === 'A').value;
    }

    /** Puts a commit at the tip that changes what runs, in our name. */
    async function forge(sign: (commit: Buffer) => Promise<Buffer>): Promise<void> {
      const tip = (await bed.remote.git('rev-parse', 'main')).trim();
      const text = await bed.remote.git('cat-file', 'commit', 'main');
      // What stands behind a signature of another one has to go first.
      const bytes = Buffer.from(text.replace(/^gpgsig [^]*?\n(?! )/m, ''));
      const file = join(folder, 'commit');
      writeFileSync(file, await sign(bytes));
      const commit = (await bed.remote.git('hash-object', '-t', 'commit', '-w', file)).trim();
      await bed.remote.git('update-ref', 'refs/heads/main', commit, tip);
    }

    /** What Argo CD complains of, at the newest commit. */
    async function complaint(wanted: RegExp): Promise<void> {
      const application = bed.applicationOf(namespace, 'alice');
      await refresh(api, application);
      await api.waitFor(application, ({ status }) => wanted.test(JSON.stringify(status.conditions ?? [])), 60_000);
    }

    test('what the controller commits is verified, applied and Healthy; what anybody else does is not, whatever name it bears', async () => {
      ok(await api.apply(alice('good')));
      const { status } = await bed.settled(namespace, 'alice');
      expect(status.git.signingKey).toBe(`openpgp ${ours.fingerprint}`);
      await bed.stopController();
      const path = `clusters/${cluster}/instances/${namespace}/alice/statefulset.apps.alice.yaml`;
      await bed.remote.commitByOther(path, (await bed.remote.read(path)).replace('value: good', 'value: forged'));
      await complaint(/is not signed, but a signature is required/);
      const stranger = await openpgpSigner(await aKey());
      await forge(async (commit) => signedCommit(commit, await stranger.sign(new Uint8Array(commit)), 'sha1'));
      await complaint(/No public key/);
      await forge(async (commit) => {
        const other = Buffer.from(commit.toString().replace('by hand', 'by head'));
        return signedCommit(commit, await ours.sign(new Uint8Array(other)), 'sha1');
      });
      // It has no words for that: git ends with an error.
      await complaint(/BAD signature|Could not verify commit signature/);
      expect(await valueOf()).toBe('good');
      await bed.startController({ signingKey: key });
      ok(await api.apply(alice('better')));
      await bed.settled(namespace, 'alice');
      expect(await valueOf()).toBe('better');
    }, 240_000);
  },
);
