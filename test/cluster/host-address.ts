import { networkInterfaces } from 'node:os';

/** An address of this machine that is not loopback, which the API server sends nothing to; `undefined` where there is none. */
export const hostAddress: string | undefined = Object.values(networkInterfaces())
  .flatMap((entries) => entries ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
