import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian keeps the library, in a folder by the processor. */
const LIBRARIES = '/usr/lib';

function library(): string | undefined {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES).filter((name) => name.endsWith('-linux-gnu')) : [];
  return folders.map((name) => join(LIBRARIES, name, 'faketime', 'libfaketimeMT.so.1')).find((file) => existsSync(file));
}

/** For `describeWith`: what a machine needs so that a process can have a time of day of its own. */
export const fakeTime = {
  why: library() !== undefined ? undefined : 'the library of faketime is missing; .ci/debian-packages installs it',
};

/** The time of day of one process, which can be set while it runs. Its monotonic clock is that of the machine: setting the time moves no other. */
export class TimeOfDay {
  /** @param file to which the time is written @param ahead of the machine, in seconds */
  public constructor(
    private readonly file: string,
    ahead: number,
  ) {
    this.set(ahead);
  }

  public set(ahead: number): void {
    writeFileSync(this.file, `+${ahead}`);
  }

  /** The environment of the process. */
  public get env(): NodeJS.ProcessEnv {
    return { LD_PRELOAD: library(), FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1', FAKETIME_TIMESTAMP_FILE: this.file };
  }
}
