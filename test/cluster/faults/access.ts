import { readFileSync } from 'node:fs';
import type { ClusterAccess } from '../../../controller/api/cluster-access';
import type { Access } from '../api';

/** The administrator's access, as our own port wants it; `server` names another address, such as a proxy's. */
export function accessOf({ url, token, caFile }: Access, server: string = url): ClusterAccess {
  const credentials = { headers: { Authorization: `Bearer ${token}` }, tls: { ca: readFileSync(caFile, 'utf8') } };
  return { server, credentials: async () => credentials };
}
