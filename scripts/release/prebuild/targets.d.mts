/** A platform for which a prebuilt binary is made. */
export interface Target {
  readonly name: string;
  readonly platform: string;
  readonly arch: string;
  readonly libc: 'glibc' | 'musl';
  readonly zig: string;
  readonly glibc: string | undefined;
  readonly needed: RegExp;
}
export const targets: readonly Target[];
export function prebuiltPath(target: Target): string;
