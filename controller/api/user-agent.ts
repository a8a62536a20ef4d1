import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `openclaw-cdk8s/<version>`, so that audit logs and managed fields name us. */
export function userAgent(): string {
  const { version } = JSON.parse(readFileSync(packageFile(__dirname), 'utf8')) as { readonly version: string };
  return `openclaw-cdk8s/${version}`;
}

/** Compiled files lie one folder deeper than sources. */
function packageFile(folder: string): string {
  const file = join(folder, 'package.json');
  return existsSync(file) ? file : packageFile(dirname(folder));
}
