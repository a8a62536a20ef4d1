import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../patience/patience.cjs';

/** The files of a package, its package.json as an object. */
export interface PackageFiles {
  readonly manifest: { readonly name: string; readonly version: string; readonly [field: string]: unknown };
  readonly files?: Readonly<Record<string, string>>;
}

/** A package registry on loopback. It is a process of its own, since tests wait for the programs that ask it. */
export class Registry {
  private readonly folder = mkdtempSync(join(tmpdir(), 'registry-'));

  private constructor(private readonly child: ChildProcess | undefined) {}

  public static async start(...packages: readonly PackageFiles[]): Promise<Registry> {
    const registry = new Registry(undefined);
    for (const one of packages) registry.publish(one);
    const child = spawn(process.execPath, [join(__dirname, 'server.mjs'), registry.folder], { stdio: ['ignore', 'inherit', 'inherit'] });
    const deadline = Date.now() + patient(10_000);
    while (!existsSync(join(registry.folder, 'port'))) {
      if (Date.now() > deadline) throw new Error('the registry does not start');
      await sleep(20);
    }
    return Object.assign(registry, { child });
  }

  public get url(): string {
    return `http://127.0.0.1:${readFileSync(join(this.folder, 'port'), 'utf8')}`;
  }

  /** Puts a package there, in the place of an earlier version. */
  public publish({ manifest, files = {} }: PackageFiles): void {
    const folder = join(this.folder, 'packages', manifest.name);
    rmSync(folder, { recursive: true, force: true });
    for (const [path, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
    }
  }

  /** The next requests are answered with this status. */
  public fail(status: number, count: number): void {
    writeFileSync(join(this.folder, 'fault'), `${status} ${count}`);
  }

  /** What was asked since the last look. */
  public requests(): string[] {
    const file = join(this.folder, 'requests');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    rmSync(file, { force: true });
    return lines;
  }

  public async stop(): Promise<void> {
    const { child } = this;
    if (child?.exitCode === null) {
      const end = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await end;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
