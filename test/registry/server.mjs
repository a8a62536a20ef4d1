// A package registry on loopback, as npm talks to it. One argument: a folder with
//   packages/NAME   the files of a package, with its package.json
//   fault           `STATUS COUNT`: so many requests are answered with that status first
// Writes its port to `port`, and each request to `requests`, a line each.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const folder = process.argv[2];
const at = (...steps) => join(folder, ...steps);

function fault() {
  if (!existsSync(at('fault'))) return undefined;
  const [status, count] = readFileSync(at('fault'), 'utf8').split(' ').map(Number);
  if (count <= 0) return undefined;
  writeFileSync(at('fault'), `${status} ${count - 1}`);
  return status;
}

function tarball(name) {
  const packed = spawnSync('tar', ['-cz', '--transform=s,^[.],package,', '--mtime=@0', '-C', at('packages', name), '.']);
  if (packed.status !== 0) throw new Error(packed.stderr.toString());
  return packed.stdout;
}

function packument(name, base) {
  const manifest = JSON.parse(readFileSync(at('packages', name, 'package.json'), 'utf8'));
  const bytes = tarball(name);
  const dist = {
    tarball: `${base}/-/tarball/${encodeURIComponent(name)}.tgz`,
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    shasum: createHash('sha1').update(bytes).digest('hex'),
  };
  const { version } = manifest;
  const time = { created: '2026-01-01T00:00:00.000Z', modified: '2026-01-01T00:00:00.000Z', [version]: '2026-01-01T00:00:00.000Z' };
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist } }, time };
}

const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url);
  appendFileSync(at('requests'), `${request.method} ${path}\n`);
  const answer = (status, body, type = 'application/json') => {
    response.writeHead(status, { 'content-type': type, 'retry-after': '0' }).end(body);
  };
  const status = fault();
  if (status !== undefined) {
    answer(status, '{"error":"not now"}');
    return;
  }
  const [, tar] = /^\/-\/tarball\/(.+)[.]tgz$/.exec(path) ?? [];
  const name = tar ?? path.slice(1).replace(/\/\d[^/]*$/, '');
  if (name === '' || !existsSync(at('packages', name, 'package.json'))) answer(404, '{"error":"Not found"}');
  else if (tar !== undefined) answer(200, tarball(tar), 'application/octet-stream');
  else {
    const document = packument(name, `http://127.0.0.1:${server.address().port}`);
    answer(200, JSON.stringify(path === `/${name}` ? document : Object.values(document.versions)[0]));
  }
});
server.listen(0, '127.0.0.1', () => writeFileSync(at('port'), String(server.address().port)));
