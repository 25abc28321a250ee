/**
 * What a mount says of the server behind it.
 * @module
 */
import type { Mount } from './mounts.js';
import { optionMap, parseCount } from './text.js';

/** A file system that a server has. */
export interface NetworkStorage {
  /** `nfs`, `cifs`, `lustre`, `ceph`, `9p`, ... */
  readonly protocol: string;
  /** The server as the mount names it; null where it names none (9p, virtiofs). */
  readonly server: string | null;
  /** Its address, where the options hold one. */
  readonly address: string | null;
  /** What of it is mounted. */
  readonly share: string;
  /** Version of the protocol. */
  readonly version: string | null;
  /** `tcp`, `rdma`, ... */
  readonly transport: string | null;
  /** The most bytes of one read and one write on the wire. */
  readonly readBytes: number | null;
  readonly writeBytes: number | null;
  /** Connections to the server (nconnect, max_channels). */
  readonly connections: number | null;
}

/** `server:/export`, `[fe80::1]:/export`, `mgs@tcp:mgs2@tcp:/fsname`, `user@host:/dir`. */
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

/** @param type the type of the file system, of the family `network`. */
export function networkOf(mount: Mount): NetworkStorage {
  const options = optionMap(mount.superOptions);
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
    // nfs and cifs: vers; 9p: version.
    version: option('vers', 'nfsvers', 'version') ?? (mount.type === 'nfs4' ? '4' : null),
    transport: option('proto', 'trans') ?? (options.has('rdma') ? 'rdma' : null),
    // 9p: msize is what one message holds.
    readBytes: parseCount(option('rsize', 'msize')),
    writeBytes: parseCount(option('wsize', 'msize')),
    connections: parseCount(option('nconnect', 'max_channels')),
  };
}
