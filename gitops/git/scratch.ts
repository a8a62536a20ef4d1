/** Private folders of this process. They hold keys and caches, so those that a killed process left behind are removed. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = /^openclaw-git-(\d+)-/;

const open = new Set<string>();

/** A new folder that only this user can read. */
export function openScratch(): string {
  removeStale();
  const folder = mkdtempSync(join(tmpdir(), `openclaw-git-${process.pid}-`));
  open.add(folder);
  return folder;
}

export function closeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  open.delete(folder);
}

/** A container that starts again has the same process id and the same temporary folder. */
function removeStale(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(NAME.exec(name)?.[1]);
    const folder = join(tmpdir(), name);
    if (!Number.isInteger(pid) || open.has(folder) || (pid !== process.pid && isAlive(pid))) continue;
    if (statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.()) rmSync(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Someone else's process is alive too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
