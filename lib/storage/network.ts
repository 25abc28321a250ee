/**
 * Extracts the properties of a server from a mount.
 * @module
 */
import type { Mount } from './mounts.js';
import { parseCount, parseOptions } from './text.js';

/** A file system on a server. */
export interface NetworkStorage {
  /** `nfs`, `cifs`, `lustre`, `ceph`, `9p`, ... */
  readonly protocol: string;
  /** Name of the server in the mount; null if there is none (9p, virtiofs). */
  readonly server: string | null;
  /** Address of the server, if the options contain it. */
  readonly address: string | null;
  /** Share or export that is mounted. */
  readonly share: string;
  /** Version of the protocol. */
  readonly version: string | null;
  /** `tcp`, `rdma`, ... */
  readonly transport: string | null;
  /** Maximum number of bytes of one read request to the server. */
  readonly readBytes: number | null;
  /** Maximum number of bytes of one write request to the server. */
  readonly writeBytes: number | null;
  /** Number of connections to the server (nconnect, max_channels). */
  readonly connections: number | null;
}

/**
 * Splits the source of a mount into server and share: `//server/share`, `server:/export`, `[fe80::1]:/export`,
 * `mgs@tcp:mgs2@tcp:/fsname`, `user@host:/dir`. `server` is null if the source names none.
 */
function splitSource(source: string): { server: string | null; share: string } {
  if (source.startsWith('//')) {
    const slash = source.indexOf('/', 2);
    return slash < 0
      ? { server: source.slice(2), share: '' }
      : { server: source.slice(2, slash), share: source.slice(slash + 1) };
  }
  const at = source.indexOf(':/');
  return at < 0 ? { server: null, share: source } : { server: source.slice(0, at), share: source.slice(at + 1) };
}

/** Describes the server of a mount whose file system is of the family `network`. */
export function describeNetwork(mount: Mount): NetworkStorage {
  const options = parseOptions(mount.superOptions);
  const option = (...keys: string[]): string | null => {
    for (const key of keys) {
      const value = options.get(key);
      if (value !== undefined && value !== '') return value;
    }
    return null;
  };
  const protocol = mount.type === 'nfs4' ? 'nfs' : mount.type.replace(/^fuse\./, '');
  const { server, share } = splitSource(mount.source);
  return {
    protocol,
    server,
    address: option('addr', 'ip'),
    share,
    // The option is `vers` for nfs and cifs, and `version` for 9p.
    version: option('vers', 'nfsvers', 'version') ?? (mount.type === 'nfs4' ? '4' : null),
    transport: option('proto', 'trans') ?? (options.has('rdma') ? 'rdma' : null),
    // 9p has the option `msize`, the maximum size of a message.
    readBytes: parseCount(option('rsize', 'msize')),
    writeBytes: parseCount(option('wsize', 'msize')),
    connections: parseCount(option('nconnect', 'max_channels')),
  };
}
