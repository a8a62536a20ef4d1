// `npm run rclone:build`: about a minute on two cores the first time, nothing to do later.
import { goBuild } from '../cluster/go-build';
import { missingRclone, packages, rcloneFolder } from './programs';

if (missingRclone() === undefined) {
  console.error('rclone is on this machine: nothing to do');
} else {
  console.error(`building rclone into ${rcloneFolder()}`);
  goBuild({ module: __dirname, packages, linkerFlags: '-s -w', folder: rcloneFolder() });
}
