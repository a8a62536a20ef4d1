import { randomUUID } from 'node:crypto';
import type { GatewayClient } from './gateway-client';

/** Gives it a job of its own, once an hour. */
export async function addJob(client: GatewayClient, name: string): Promise<void> {
  const schedule = { kind: 'every', everyMs: 3_600_000 };
  const payload = { kind: 'agentTurn', message: 'hello' };
  await client.call('cron.add', { name, schedule, sessionTarget: 'isolated', wakeMode: 'next-heartbeat', payload });
}

/** The names of its jobs. */
export async function jobsOf(client: GatewayClient): Promise<string[]> {
  const { jobs } = await client.call<{ readonly jobs: readonly { readonly name: string }[] }>('cron.list', { includeDisabled: true });
  return jobs.map(({ name }) => name);
}

/** Says something in the one conversation of a person, and waits until the model has answered. */
export async function say(client: GatewayClient, message: string): Promise<void> {
  await client.call('agent', { message, sessionKey: 'agent:main:main', idempotencyKey: randomUUID() });
}
