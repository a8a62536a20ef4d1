import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Release } from './releases';
import { patient } from '../patience/patience.cjs';

/** The part of the `ws` package that is used here. It comes with each release; global WebSocket cannot set Host and Origin. */
export interface Socket {
  on(event: 'message', listener: (data: Buffer) => void): void;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'unexpected-response', listener: (request: unknown, response: NodeJS.ReadableStream & { statusCode: number }) => void): void;
  send(text: string): void;
  terminate(): void;
}
export type SocketClass = new (url: string, options: { headers: Readonly<Record<string, string>>; handshakeTimeout: number }) => Socket;

/** An ed25519 key pair that a client presents; the gateway approves each once, by itself only for local clients. */
export interface Device {
  readonly id: string;
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export interface HandshakeOptions {
  /** Address and port to connect to. */
  readonly host: string;
  readonly port: number;
  /** Request headers, such as `Host`, `Origin`, `X-Forwarded-For`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** `cli` by default. The browser's page is `openclaw-control-ui`. */
  readonly clientId?: string;
  /** `cli` by default. The browser's page is `webchat`. */
  readonly clientMode?: string;
  readonly device?: Device;
}

export interface HelloOk {
  readonly type: 'hello-ok';
  readonly protocol: number;
  readonly auth?: {
    readonly role?: string;
    readonly scopes?: readonly string[];
    readonly deviceToken?: string;
  };
}

export type HandshakeResult =
  | { readonly ok: true; readonly hello: HelloOk }
  /** The gateway answered `connect` with an error. `code` is the most detailed one that it gives. */
  | { readonly ok: false; readonly code: string; readonly message: string }
  /** No websocket came about: an HTTP answer instead. */
  | { readonly ok: false; readonly httpStatus: number; readonly body: string };

/** The three frames that come before the connection is open. */
type Frame =
  | { readonly type: 'event'; readonly event: 'connect.challenge'; readonly payload: { readonly nonce: string } }
  | { readonly type: 'res'; readonly ok: true; readonly payload: HelloOk }
  | { readonly type: 'res'; readonly ok: false; readonly error: GatewayError };

interface GatewayError {
  readonly code: string;
  readonly message: string;
  readonly details?: { readonly code?: string };
}

const TIMEOUT_MS = patient(15_000);
const SCOPES = ['operator.admin', 'operator.read', 'operator.write', 'operator.approvals', 'operator.pairing'];

export function createDevice(): Device {
  const { privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    id: createHash('sha256').update(Uint8Array.from(raw)).digest('hex'),
    publicKey: raw.toString('base64url'),
    privateKey,
  };
}

function signedDevice(device: Device, nonce: string, clientId: string, clientMode: string, token: string): Record<string, unknown> {
  const signedAt = Date.now();
  // The trailing empty part is the device family.
  const fields = ['v3', device.id, clientId, clientMode, 'operator', SCOPES.join(','), signedAt, token, nonce, process.platform, ''];
  const signature = sign(null, new TextEncoder().encode(fields.join('|')), device.privateKey).toString('base64url');
  return { id: device.id, publicKey: device.publicKey, signature, signedAt, nonce };
}

/** The `connect` request that answers the gateway's challenge. Protocols 3 to 4 reach every release since 2026.2. */
export function connectRequest(options: HandshakeOptions, nonce: string): string {
  const { clientId = 'cli', clientMode = 'cli', token, device } = options;
  const params = {
    minProtocol: 3,
    maxProtocol: 4,
    client: { id: clientId, version: '1.0.0', platform: process.platform, mode: clientMode },
    role: 'operator',
    scopes: SCOPES,
    caps: [],
    ...(token === undefined ? {} : { auth: { token } }),
    ...(device === undefined ? {} : { device: signedDevice(device, nonce, clientId, clientMode, token ?? '') }),
  };
  return JSON.stringify({ type: 'req', id: 'connect', method: 'connect', params });
}

function resultOf(frame: Frame & { type: 'res' }): HandshakeResult {
  if (frame.ok) return { ok: true, hello: frame.payload };
  const { code, message, details } = frame.error;
  return { ok: false, code: details?.code ?? code, message };
}

async function readBody(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/**
 * Opens a websocket as OpenClaw's clients do, as far as the gateway's answer to `connect`, and closes it.
 * @throws when the connection breaks off without an answer or takes more than 15 s (longer on a slow machine).
 */
export async function handshake(release: Release, options: HandshakeOptions): Promise<HandshakeResult> {
  const WebSocket: SocketClass = createRequire(release.entry)('ws');
  const socket = new WebSocket(`ws://${options.host}:${options.port}/`, {
    headers: options.headers ?? {},
    handshakeTimeout: TIMEOUT_MS,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<HandshakeResult>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error('no answer to connect'));
      }, TIMEOUT_MS);
      socket.on('error', reject);
      socket.on('close', (code, reason) => {
        reject(new Error(`closed before the answer to connect: ${code} ${reason.toString()}`));
      });
      socket.on('unexpected-response', (_request, response) => {
        readBody(response).then((body) => {
          resolve({ ok: false, httpStatus: response.statusCode, body });
        }, reject);
      });
      socket.on('message', (data) => {
        const frame: Frame = JSON.parse(data.toString());
        if (frame.type === 'res') resolve(resultOf(frame));
        else if (frame.event === 'connect.challenge') socket.send(connectRequest(options, frame.payload.nonce));
      });
    });
  } finally {
    clearTimeout(timer);
    socket.terminate();
  }
}
