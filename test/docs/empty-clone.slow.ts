import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfCheckout } from './checkout';
import { fencesOf, pages } from './pages';

const slow = pages()
  .flatMap(fencesOf)
  .filter(({ language, info }) => language === 'bash' && info === 'slow');

/** What npm and jest tell their children would reach the commands, and change what they do. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|JEST_|NODE_OPTIONS$|UPDATE_|OPENCLAW_|KUBECONFIG$)/i.test(name));
  return { ...Object.fromEntries(kept), CDK8S_CHECK_UPGRADE: 'false' };
}

describe('commands of a newcomer in an empty clone', () => {
  let folder: string;
  beforeAll(() => {
    folder = copyOfCheckout();
    // Tests ask git which files are in the checkout.
    spawnSync('git', ['init', '-q'], { cwd: folder });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has neither packages nor anything built', () => {
    expect(['node_modules', 'lib', 'dist'].filter((name) => existsSync(join(folder, name)))).toEqual([]);
  });

  it.each(
    slow.flatMap(({ page, text }) =>
      text
        .trimEnd()
        .split('\n')
        .map((command) => [page, command] as const),
    ),
  )(
    '%s: %s',
    (_page, command) => {
      const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', command], {
        cwd: folder,
        env: environment(),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      expect({ status, told: status === 0 ? '' : (stdout + stderr).slice(-8000) }).toEqual({ status: 0, told: '' });
    },
    600_000,
  );

  it('left the manifests of every example in dist', () => {
    const written = readdirSync(join(folder, 'dist')).filter((file) => file.endsWith('.k8s.yaml'));
    expect(written).toHaveLength(readdirSync(join(folder, 'app/examples')).length);
  });
});
