// The L1 constructs of our kinds, made by `cdk8s import`. It takes seconds, so the file carries the hash of its input.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/**
 * @param crds text of crds/all.yaml
 * @param present the L1 file as it is
 * @param quick whether a matching hash is enough
 * @returns what the L1 file must be
 */
export function l1File(crds, present, quick) {
  const manifest = require.resolve('cdk8s-cli/package.json');
  const { version } = require(manifest);
  const header = `// input: sha256 ${createHash('sha256').update(version).update(crds).digest('hex')}\n`;
  if (quick) return present.startsWith(header) ? present : header;
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-import-'));
  try {
    writeFileSync(join(folder, 'crds.yaml'), crds);
    const cli = join(dirname(manifest), 'bin', 'cdk8s');
    const environment = { ...process.env, CDK8S_DISABLE_ANALYTICS: '1', CI: 'true' };
    const options = { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'inherit'] };
    execFileSync(
      process.execPath,
      [cli, 'import', 'crds.yaml', '--language', 'typescript', '--output', '.', '--no-save', '--check-upgrade=false'],
      options,
    );
    return header + readFileSync(join(folder, 'openclaw.rocks.ts'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
