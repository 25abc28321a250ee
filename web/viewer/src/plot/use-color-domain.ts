/**
 * Chooses the values of the first and the last colour of a picture.
 * @module
 */
import { type Domain, ScaleType, useSafeDomain, useVisDomain } from '@h5web/lib';
import type { ViewState } from '../shell/view-state.js';
import type { Elements } from './element-types.js';
import { useDataDomain } from './use-data-domain.js';

/** Scales of h5web. */
export const scaleTypes = { linear: ScaleType.Linear, log: ScaleType.Log, symlog: ScaleType.SymLog } as const;

/** Returns the values of the first and the last colour: those that the user chose, or the bounds of the elements. */
export function useColorDomain(data: Elements, { scale, range }: Pick<ViewState, 'scale' | 'range'>): Domain {
  const scaleType = scaleTypes[scale];
  const dataDomain = useDataDomain(data, scaleType) ?? [0.1, 1];
  const [low, high] = range;
  const wanted = useVisDomain([low, high], dataDomain);
  const [domain] = useSafeDomain(wanted, dataDomain, scaleType);
  return domain;
}
