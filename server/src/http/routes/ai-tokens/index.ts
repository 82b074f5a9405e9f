import { balanceRoute } from './balance.ts';
import { listFeaturesRoute, putFeatureRoute } from './features.ts';
import { giveGrantRoute } from './grants.ts';
import { getHoldRoute, holdRoute, listHoldsRoute, releaseHoldRoute, settleHoldRoute } from './holds.ts';
import { purchaseRoute } from './purchase.ts';
import { receiptRoute } from './receipts.ts';
import { listUsageRoute, usageSummaryRoute, useRoute } from './usage.ts';

export const aiTokenRoutes = [
  purchaseRoute,
  giveGrantRoute,
  balanceRoute,
  useRoute,
  listUsageRoute,
  usageSummaryRoute,
  holdRoute,
  listHoldsRoute,
  getHoldRoute,
  settleHoldRoute,
  releaseHoldRoute,
  receiptRoute,
  putFeatureRoute,
  listFeaturesRoute,
];
