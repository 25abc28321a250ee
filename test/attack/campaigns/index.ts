/**
 * The campaigns.
 * @module
 */
import type { Campaign } from '../campaign.js';
import { changingCampaign } from './changing.js';
import { commandsCampaign } from './commands.js';
import { convertingCampaign } from './converting.js';
import { endsCampaign } from './ends.js';
import { growthCampaign } from './growth.js';
import { hostileCampaign } from './hostile.js';
import { mutantsCampaign } from './mutants.js';
import { pathsCampaign } from './paths.js';
import { plantedCampaign } from './planted.js';
import { refusedCampaign } from './refused.js';
import { sandboxCampaign } from './sandbox.js';
import { selftestCampaign } from './selftest.js';
import { servingCampaign } from './serving.js';
import { writingCampaign } from './writing.js';

/** All campaigns except the self-test, in the order of the table in docs/reliability.md. */
export const campaigns: readonly Campaign[] = [
  mutantsCampaign,
  hostileCampaign,
  growthCampaign,
  writingCampaign,
  convertingCampaign,
  servingCampaign,
  pathsCampaign,
  changingCampaign,
  refusedCampaign,
  sandboxCampaign,
  endsCampaign,
  commandsCampaign,
  plantedCampaign,
];

/** Returns the campaign called `name`, which may be the self-test. Throws if there is none. */
export function campaignOf(name: string): Campaign {
  const found = [...campaigns, selftestCampaign].find((campaign) => campaign.name === name);
  if (found === undefined)
    throw new Error(`Expected one of ${campaigns.map((one) => one.name).join(', ')}, received '${name}'`);
  return found;
}
