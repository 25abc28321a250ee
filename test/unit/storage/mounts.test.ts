import { describe, expect, test } from 'vitest';
import { classifyFilesystem, typeOfMagic } from '../../../lib/storage/filesystems.js';
import { findMount, isBelow, parseMountInfo, pathInFilesystem } from '../../../lib/storage/mounts.js';
import { describeNetwork } from '../../../lib/storage/network.js';
import { overlayLayers } from '../../../lib/storage/overlay.js';

// A workstation with btrfs subvolumes, a bind mount, a mount over a mount, a name with a space, and a container.
const workstation = `22 1 0:26 /@root / rw,relatime shared:1 - btrfs /dev/nvme0n1p2 rw,compress=zstd:3,ssd,space_cache=v2,subvolid=256,subvol=/@root
60 22 0:26 /@home /home rw,relatime shared:31 - btrfs /dev/nvme0n1p2 rw,compress=zstd:3,ssd,space_cache=v2,subvolid=257,subvol=/@home
71 22 8:17 / /mnt/my\\040disk rw,noatime shared:40 master:3 - ext4 /dev/sdb1 rw,stripe=256
72 22 8:17 /volumes /srv/volumes ro,noatime shared:40 - ext4 /dev/sdb1 rw,stripe=256
73 22 0:40 / /data rw - autofs systemd-1 rw,fd=54,pgrp=1,timeout=0
74 73 253:3 / /data rw,relatime shared:50 - xfs /dev/mapper/vg-data rw,attr2,inode64,logbufs=8,logbsize=32k,noquota
90 22 0:52 / /var/lib/docker/overlay2/ab/merged rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/AA:/var/lib/docker/overlay2/l/B\\134:B,upperdir=/var/lib/docker/overlay2/ab/diff,workdir=/var/lib/docker/overlay2/ab/work
not a line of mountinfo
`;

const cluster = `31 1 8:3 / / rw - xfs /dev/sda3 rw
101 31 0:61 / /home rw,relatime shared:70 - nfs4 nas1.example:/export/home rw,vers=4.2,rsize=1048576,wsize=524288,namlen=255,hard,proto=tcp,nconnect=8,timeo=600,retrans=2,sec=sys,clientaddr=10.0.0.5,local_lock=none,addr=10.0.0.9
102 31 0:62 / /old rw - nfs [fe80::1]:/old rw,vers=3,rsize=32768,wsize=32768,proto=udp,mountaddr=fe80::1,addr=fe80::1
103 31 0:63 / /scratch rw,flock - lustre 10.1.0.1@o2ib:10.1.0.2@o2ib:/scratch rw,flock,user_xattr,lazystatfs
104 31 0:64 / /smb rw - cifs //files.example/team rw,vers=3.1.1,addr=10.0.0.7,rsize=4194304,wsize=4194304
105 31 0:65 / /host rw - 9p hostshare rw,trans=virtio,version=9p2000.L,msize=512000
106 31 0:66 / /remote rw - fuse.sshfs me@far.example:/srv rw,user_id=0,group_id=0
`;

describe('the mounts', () => {
  const mounts = parseMountInfo(workstation);
  const at = (path: string, id: number | null = null) => findMount(mounts, path, id);

  test('are parsed field by field, and unescaped', () => {
    expect(mounts).toHaveLength(7);
    expect(mounts[2]).toEqual({
      id: 71,
      parentId: 22,
      device: '8:17',
      root: '/',
      mountPoint: '/mnt/my disk',
      mountOptions: ['rw', 'noatime'],
      type: 'ext4',
      source: '/dev/sdb1',
      superOptions: ['rw', 'stripe=256'],
    });
  });

  test('a path belongs to the innermost mount', () => {
    expect(at('/home/me/a.npy')?.id).toBe(60);
    expect(at('/homework')?.id).toBe(22);
    expect(at('/mnt/my disk')?.id).toBe(71);
    expect(at('/')?.id).toBe(22);
  });

  test('the last of stacked mounts is used, unless the kernel names another', () => {
    expect(at('/data/x')?.type).toBe('xfs');
    expect(at('/data/x', 73)?.type).toBe('autofs');
    expect(at('/data/x', 4711)?.type).toBe('xfs');
  });

  test('a bind mount and a subvolume give the path within the file system', () => {
    const bind = at('/srv/volumes/a/b');
    expect(bind === null ? '' : pathInFilesystem(bind, '/srv/volumes/a/b')).toBe('/volumes/a/b');
    expect(bind === null ? '' : pathInFilesystem(bind, '/srv/volumes')).toBe('/volumes');
    const root = at('/etc/hosts');
    expect(root === null ? '' : pathInFilesystem(root, '/etc/hosts')).toBe('/@root/etc/hosts');
  });

  test('an empty list contains no mount', () => {
    expect(findMount(parseMountInfo(''), '/x', null)).toBeNull();
    expect(parseMountInfo('1 2 3 - x\n- - -\n')).toEqual([]);
  });

  test('a directory contains itself and what is below it, but not paths with the same prefix', () => {
    expect(isBelow('/a/b', '/a/b')).toBe(true);
    expect(isBelow('/a/bc', '/a/b')).toBe(false);
    expect(isBelow('/x', '/')).toBe(true);
  });

  test('lists the layers of an overlay in order of precedence, with escaped colons', () => {
    const overlay = at('/var/lib/docker/overlay2/ab/merged/x');
    expect(overlayLayers(overlay?.superOptions ?? [])).toEqual([
      '/var/lib/docker/overlay2/ab/diff',
      '/var/lib/docker/overlay2/l/AA',
      '/var/lib/docker/overlay2/l/B:B',
    ]);
    expect(overlayLayers(['lowerdir+=/a', 'lowerdir+=/b', 'datadir+=/c'])).toEqual(['/a', '/b', '/c']);
  });
});

describe('file systems', () => {
  test('have a family by their type', () => {
    const families = ['ext4', 'tmpfs', 'nfs4', 'fuse.sshfs', 'fuse.ntfs-3g', 'overlay', 'proc', 'lustre', 'newfs'].map(
      classifyFilesystem,
    );
    expect(families).toEqual([
      'disk',
      'memory',
      'network',
      'network',
      'fuse',
      'stacked',
      'pseudo',
      'network',
      'unknown',
    ]);
  });

  test('are named by statfs if the mount is not visible', () => {
    expect(typeOfMagic(0x0bd00bd0)).toBe('lustre');
    expect(typeOfMagic(1)).toBeNull();
  });
});

describe('the server of a network file system', () => {
  const network = (path: string) => {
    const mount = findMount(parseMountInfo(cluster), path, null);
    if (mount === null) throw new Error('Expected a mount');
    return describeNetwork(mount);
  };

  test('NFS 4.2 with several connections', () => {
    expect(network('/home/x')).toEqual({
      protocol: 'nfs',
      server: 'nas1.example',
      address: '10.0.0.9',
      share: '/export/home',
      version: '4.2',
      transport: 'tcp',
      readBytes: 1048576,
      writeBytes: 524288,
      connections: 8,
    });
  });

  test('NFS 3 on a link-local IPv6 address', () => {
    expect(network('/old/x')).toMatchObject({
      server: '[fe80::1]',
      share: '/old',
      version: '3',
      transport: 'udp',
      connections: null,
    });
  });

  test('Lustre with two management servers', () => {
    expect(network('/scratch/x')).toMatchObject({
      protocol: 'lustre',
      server: '10.1.0.1@o2ib:10.1.0.2@o2ib',
      share: '/scratch',
      readBytes: null,
    });
  });

  test('SMB, 9p and sshfs', () => {
    expect(network('/smb/x')).toMatchObject({
      protocol: 'cifs',
      server: 'files.example',
      share: 'team',
      version: '3.1.1',
    });
    expect(network('/host/x')).toMatchObject({
      protocol: '9p',
      server: null,
      share: 'hostshare',
      transport: 'virtio',
      readBytes: 512000,
    });
    expect(network('/remote/x')).toMatchObject({ protocol: 'sshfs', server: 'me@far.example', share: '/srv' });
  });
});
