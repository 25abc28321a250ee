import type { Target } from './targets.mjs';
export function isCurrent(target: Target): boolean;
