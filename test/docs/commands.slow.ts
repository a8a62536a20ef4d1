import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { builtPackage } from '../app/built-package';
import { type Fence, fencesOf, fileOf, pages } from './pages';

/** The commands of a page that run here, and the files that it puts beside them, in order. */
function session(page: string): Fence[] {
  return fencesOf(page).filter((fence) => (fence.language === 'bash' && fence.info === '') || fileOf(fence) !== undefined);
}

const withCommands = pages().filter((page) => session(page).some(({ language }) => language === 'bash'));

/** A checkout with its packages installed and built, as a reader has it. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-page-'));
  cpSync(builtPackage(), folder, { recursive: true, filter: (source) => basename(source) !== 'node_modules' });
  symlinkSync(join(__dirname, '..', '..', 'node_modules'), join(folder, 'node_modules'), 'dir');
  return folder;
}

describe('commands in pages', () => {
  it.each(withCommands)(
    'of %s run in its order',
    (page) => {
      const folder = checkout();
      try {
        for (const fence of session(page)) {
          const file = fileOf(fence);
          if (file !== undefined) {
            mkdirSync(dirname(join(folder, file)), { recursive: true });
            writeFileSync(join(folder, file), fence.text);
            continue;
          }
          const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', fence.text], {
            cwd: folder,
            // Nothing may be fetched: what a page names has to be in the checkout.
            env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false', npm_config_offline: 'true', npm_config_update_notifier: 'false' },
            encoding: 'utf8',
          });
          expect({ line: fence.line, status, told: status === 0 ? '' : stdout + stderr }).toEqual({
            line: fence.line,
            status: 0,
            told: '',
          });
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    120_000,
  );

  it('are in the pages that promise them', () => {
    expect(withCommands).toEqual(expect.arrayContaining(['README.md', 'docs/command-line.md', 'docs/errors.md']));
  });
});
