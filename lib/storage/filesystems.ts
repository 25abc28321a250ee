/**
 * What kinds of file systems there are, and what follows from the kind.
 * @module
 */

/**
 * `disk`: on a block device; `memory`: its files are the page cache; `network`: a server has them; `stacked`: another file
 * system has them; `fuse`: a program has them; `pseudo`: no files, the kernel makes them up.
 */
export type FilesystemFamily = 'disk' | 'memory' | 'network' | 'stacked' | 'fuse' | 'pseudo' | 'unknown';

const families: Readonly<Record<Exclude<FilesystemFamily, 'unknown'>, readonly string[]>> = {
  disk: [
    'ext2',
    'ext3',
    'ext4',
    'xfs',
    'btrfs',
    'zfs',
    'f2fs',
    'bcachefs',
    'jfs',
    'reiserfs',
    'nilfs2',
    'vfat',
    'exfat',
    'msdos',
    'ntfs',
    'ntfs3',
    'hfsplus',
    'iso9660',
    'udf',
    'squashfs',
    'erofs',
    'gfs2',
    'ocfs2',
    'fuseblk',
    'apfs',
  ],
  memory: ['tmpfs', 'ramfs', 'hugetlbfs', 'devtmpfs'],
  network: [
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    'smbfs',
    'lustre',
    'ceph',
    'gpfs',
    'beegfs',
    'beegfs_nodev',
    'glusterfs',
    'afs',
    'orangefs',
    'pvfs2',
    'wekafs',
    'panfs',
    '9p',
    'virtiofs',
    'daos',
    'coda',
  ],
  stacked: ['overlay', 'ecryptfs', 'aufs', 'unionfs', 'shiftfs'],
  fuse: ['fuse'],
  pseudo: [
    'proc',
    'sysfs',
    'cgroup',
    'cgroup2',
    'debugfs',
    'tracefs',
    'securityfs',
    'devpts',
    'mqueue',
    'pstore',
    'bpf',
    'configfs',
    'efivarfs',
    'binfmt_misc',
    'autofs',
    'nsfs',
    'pipefs',
    'sockfs',
    'rpc_pipefs',
    'selinuxfs',
    'fusectl',
  ],
};

const familyOfType = new Map<string, FilesystemFamily>(
  Object.entries(families).flatMap(([family, types]) => types.map((type) => [type, family as FilesystemFamily])),
);

/** FUSE programs whose files lie on other machines, by the part after `fuse.`. */
const networkFuse =
  /^(sshfs|glusterfs|s3fs|goofys|rclone|gcsfuse|mount-s3|mountpoint-s3|ceph-fuse|ceph|juicefs|JuiceFS|cvmfs|cvmfs2|dfuse|curlftpfs|davfs|hdfs|alluxio-fuse|blobfuse|blobfuse2|seaweedfs|weed)$/;

/** The kind of the file system `type`, a name as in /proc/mounts. */
export function familyOf(type: string): FilesystemFamily {
  const subtype = /^fuse\.(.*)$/.exec(type)?.[1];
  if (subtype !== undefined) return networkFuse.test(subtype) ? 'network' : 'fuse';
  return familyOfType.get(type) ?? 'unknown';
}

/** Magic numbers of statfs(2) (include/uapi/linux/magic.h), for paths whose mount can't be seen. */
const names = new Map<number, string>([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0xca451a4e, 'bcachefs'],
  [0x73717368, 'squashfs'],
  [0xe0f5e1e2, 'erofs'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x958458f6, 'hugetlbfs'],
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb3'],
  [0x0bd00bd0, 'lustre'],
  [0x00c36400, 'ceph'],
  [0x47504653, 'gpfs'],
  [0x19830326, 'beegfs'],
  [0x01021997, '9p'],
  [0x794c7630, 'overlay'],
  [0x65735546, 'fuse'],
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x4d44, 'vfat'],
  [0x2011bab0, 'exfat'],
  [0x7366746e, 'ntfs3'],
  [0x1badface, 'bfs'],
  [0x187, 'autofs'],
]);

/** The name that goes with a magic number of statfs(2), or null. */
export function typeOfMagic(magic: number): string | null {
  return names.get(magic) ?? null;
}
