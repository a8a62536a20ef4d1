// `npm run rclone:build`: about two minutes on two cores the first time, nothing to do later.
import { goBuild } from '../cluster/go-build';
import { missingRclone, missingServer, packages, rcloneFolder, serverFolder, serverModule, serverPackages } from './programs';

if (missingRclone() === undefined && missingServer() === undefined) {
  console.error('rclone and versitygw are on this machine: nothing to do');
}
if (missingRclone() !== undefined) {
  console.error(`building rclone into ${rcloneFolder()}`);
  goBuild({ module: __dirname, packages, linkerFlags: '-s -w', folder: rcloneFolder() });
}
if (missingServer() !== undefined) {
  console.error(`building versitygw into ${serverFolder()}`);
  goBuild({ module: serverModule, packages: serverPackages, linkerFlags: '-s -w', folder: serverFolder() });
}
