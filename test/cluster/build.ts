// `npm run cluster:build`
import { build } from './build-programs';

build();
console.error('everything that a cluster is made of is on this machine');
