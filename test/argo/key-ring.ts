import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The programs by which Argo CD asks gpg and git. Its image has them; both tell of a bad signature by what they print. */
const WRAPPERS = {
  'gpg-wrapper.sh': 'gpg "$@" 2>&1 || test $? -eq 1',
  'git-verify-wrapper.sh': 'git verify-commit "$1" 2>&1 || test $? -eq 1',
};

/** Why signatures cannot be verified here, or undefined. */
export const missingGpg = spawnSync('gpg', ['--version']).status === 0 ? undefined : 'no gpg on this machine';

/** The keys that an Argo CD trusts, as `argocd gpg add` gives them to it. */
export class KeyRing {
  private readonly home: string;

  /** @param keys public ones in armor, by their id of 16 digits */
  public constructor(
    private readonly folder: string,
    keys: Readonly<Record<string, string>>,
  ) {
    this.home = join(folder, 'gnupg');
    mkdirSync(this.home, { mode: 0o700 });
    for (const path of [this.source, this.programs]) mkdirSync(path);
    for (const [id, key] of Object.entries(keys)) writeFileSync(join(this.source, id), key);
    for (const [name, script] of Object.entries(WRAPPERS))
      writeFileSync(join(this.programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** @param path where programs are looked for */
  public environment(path: string): Record<string, string> {
    return {
      PATH: `${this.programs}${delimiter}${path}`,
      ARGOCD_GPG_ENABLED: 'true',
      ARGOCD_GNUPGHOME: this.home,
      ARGOCD_GPG_DATA_PATH: this.source,
    };
  }

  /** Its agent outlives who has started it. */
  public end(): void {
    spawnSync('gpgconf', ['--homedir', this.home, '--kill', 'all']);
  }

  private get source(): string {
    return join(this.folder, 'keys');
  }

  private get programs(): string {
    return join(this.folder, 'wrappers');
  }
}
