import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './pages';

/** A copy of the checkout as git would have it, changes included and nothing that it ignores. */
export function copyOfCheckout(): string {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('the files of the checkout are asked of git: run the tests in a clone');
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-checkout-'));
  for (const file of stdout.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
    cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  }
  return folder;
}

/** Gives a copy the installed packages of the checkout. */
export function linkPackages(folder: string): void {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
}

/** Every file of a folder with the hash of its bytes; installed and built ones are left out. */
export function hashes(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const here = join(path, entry.name);
      if (entry.isDirectory() && !['lib', 'dist', '.cache', 'node_modules'].includes(entry.name)) visit(here);
      if (entry.isFile())
        found.set(
          here,
          createHash('sha256')
            .update(readFileSync(join(folder, here), 'utf8'))
            .digest('hex'),
        );
    }
  };
  visit('');
  return found;
}
