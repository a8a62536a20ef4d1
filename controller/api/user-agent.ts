import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile(__dirname), 'utf8')) as { readonly version: string };
  return version;
}

/** `openclaw-cdk8s/<version>`, so that audit logs and managed fields name us. */
export function userAgent(): string {
  return `openclaw-cdk8s/${packageVersion()}`;
}

/** Compiled files lie one folder deeper than sources. */
function packageFile(folder: string): string {
  const file = join(folder, 'package.json');
  return existsSync(file) ? file : packageFile(dirname(folder));
}
