import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { patient } from '../patience/patience.cjs';
import { type Socket, type SocketClass, connectRequest, createDevice } from './handshake';
import type { Release } from './releases';

const TIMEOUT_MS = patient(60_000);

interface Frame {
  readonly type: 'event' | 'res';
  readonly event?: string;
  readonly id?: string;
  readonly ok?: boolean;
  readonly payload?: { readonly nonce?: string; readonly status?: string };
  readonly error?: { readonly message: string };
}

/** One connection to a gateway on this machine, as a client of its own device has it. */
export class GatewayClient {
  private readonly waiting = new Map<string, { readonly resolve: (payload: unknown) => void; readonly reject: (error: Error) => void }>();

  private constructor(private readonly socket: Socket) {}

  /** @throws when the gateway does not take the client in */
  public static async open(release: Release, port: number, token: string): Promise<GatewayClient> {
    const WebSocket: SocketClass = createRequire(release.entry)('ws');
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: {}, handshakeTimeout: TIMEOUT_MS });
    const client = new GatewayClient(socket);
    const options = { host: '127.0.0.1', port, token, device: createDevice() };
    const isOpen = client.answer('connect');
    socket.on('message', (data) => {
      const frame: Frame = JSON.parse(data.toString());
      if (frame.event === 'connect.challenge') socket.send(connectRequest(options, frame.payload?.nonce ?? ''));
      else client.take(frame);
    });
    socket.on('error', (error) => client.fail(error));
    socket.on('close', (code, reason) => client.fail(new Error(`closed: ${code} ${reason.toString()}`)));
    await isOpen;
    return client;
  }

  /**
   * Asks for one method. One that takes long is answered twice: that it was accepted, and what came of it, which is what counts.
   *
   * @throws with the gateway's words when it refuses
   */
  public async call<T>(method: string, params: object): Promise<T> {
    const id = randomUUID();
    const answer = this.answer(id);
    this.socket.send(JSON.stringify({ type: 'req', id, method, params }));
    return (await answer) as T;
  }

  public close(): void {
    this.socket.terminate();
  }

  private async answer(id: string): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer to ${id}`)), TIMEOUT_MS);
        this.waiting.set(id, { resolve, reject });
      });
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  private take({ type, id = '', ok, payload, error }: Frame): void {
    if (type !== 'res' || (ok && payload?.status === 'accepted')) return;
    if (ok) this.waiting.get(id)?.resolve(payload);
    else this.waiting.get(id)?.reject(new Error(error?.message ?? 'refused'));
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
  }
}
