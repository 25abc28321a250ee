/**
 * Chooses the domain of a plot from its elements.
 * @module
 */
import { type Domain, getValidDomainForScale, type ScaleType } from '@h5web/lib';
import { useMemo } from 'react';
import { boundsOf } from './bounds.js';
import type { Elements } from './element-types.js';

/** Returns the lowest and the highest element that `scaleType` can show; undefined if there is none. */
export function useDataDomain(data: Elements, scaleType: ScaleType): Domain | undefined {
  return useMemo(() => {
    const bounds = boundsOf(data);
    return getValidDomainForScale(Number.isFinite(bounds.min) ? bounds : undefined, scaleType);
  }, [data, scaleType]);
}
