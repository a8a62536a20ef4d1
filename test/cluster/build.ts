// `npm run cluster:build`
import { build } from './build-programs';

const wasMissing = build();
console.error(`everything that a cluster is made of is on this machine${wasMissing ? '' : ': nothing to do'}`);
