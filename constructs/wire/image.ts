/** An image as a spec names it. */
export interface ImageSpec {
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:...`; wins over the tag. */
  readonly digest?: string;
}

/** The reference of an image: by digest where one is given, else by tag. `registry` replaces or adds the registry. */
export function imageReference(image: ImageSpec, registry: string | undefined): string {
  const repository = registry === undefined ? image.repository : inRegistry(image.repository, registry);
  return image.digest ? `${repository}@${image.digest}` : `${repository}:${image.tag ?? 'latest'}`;
}

/** The same for an image that is written as one reference, such as `docker.io/library/nginx:1.27-alpine`. */
export function inRegistry(reference: string, registry: string | undefined): string {
  if (registry === undefined || registry === '') return reference;
  const prefix = withoutSlashes(registry);
  const path = reference.replace(/^docker\.io\/(library\/)?/, '');
  const slash = path.indexOf('/');
  const first = slash === -1 ? '' : path.slice(0, slash);
  const rest = isRegistry(first) ? path.slice(slash + 1) : path;
  return `${prefix}/${rest}`;
}

/** Without slashes at its end. An expression would look for the end from each slash. */
function withoutSlashes(registry: string): string {
  let end = registry.length;
  while (registry.charAt(end - 1) === '/') end -= 1;
  return registry.slice(0, end);
}

/** Tells a registry host from the first part of a path: it has a dot, a port, or is an IPv6 literal. */
function isRegistry(segment: string): boolean {
  return segment.includes('.') || /:\d+$/.test(segment) || segment.startsWith('[') || segment === 'localhost';
}
