import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cluster/programs';

/** What the image of Tailscale runs, and the server of a tailnet. */
export const packages = {
  containerboot: 'tailscale.com/cmd/containerboot',
  tailscaled: 'tailscale.com/cmd/tailscaled',
  tailscale: 'tailscale.com/cmd/tailscale',
  control: './control',
} as const;

/** The folder of the built programs. Its name says what they were built from, so a complete folder is never stale. */
export function tailscaleFolder(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'control/main.go']) hash.update(readFileSync(join(__dirname, file))).update('\0');
  hash.update(`${process.platform}/${process.arch}`);
  return join(cacheFolder(), 'tailscale', hash.digest('hex').slice(0, 16));
}

/** Why Tailscale cannot be run, or undefined when all of it is there. */
export function missingTailscale(): string | undefined {
  const isBuilt = Object.keys(packages).every((program) => existsSync(join(tailscaleFolder(), program)));
  return isBuilt ? undefined : 'Tailscale is not built: run `npm run tailscale:build`';
}
