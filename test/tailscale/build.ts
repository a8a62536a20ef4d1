// `npm run tailscale:build`: about three minutes on two cores the first time, nothing to do later.
import { goBuild } from '../cluster/go-build';
import { missingTailscale, packages, tailscaleFolder } from './programs';

if (missingTailscale() === undefined) {
  console.error('Tailscale is on this machine: nothing to do');
} else {
  console.error(`building Tailscale into ${tailscaleFolder()}: takes minutes the first time`);
  goBuild({ module: __dirname, packages, linkerFlags: '-s -w', folder: tailscaleFolder() });
}
