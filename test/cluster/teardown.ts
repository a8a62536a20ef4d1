import { cluster } from './setup';

/** After all cluster tests. */
export default async function teardown(): Promise<void> {
  await cluster?.stop();
}
