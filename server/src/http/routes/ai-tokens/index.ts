import { deleteAutoTopUpRoute, getAutoTopUpRoute, putAutoTopUpRoute } from './auto-top-up.ts';
import { balanceHistoryRoute, balanceRoute } from './balance.ts';
import { listFeaturesRoute, putFeatureRoute } from './features.ts';
import { giveGrantRoute } from './grants.ts';
import { getHoldRoute, holdRoute, listHoldsRoute, releaseHoldRoute, settleHoldRoute } from './holds.ts';
import { purchaseRoute, quoteRoute } from './purchase.ts';
import { receiptRoute } from './receipts.ts';
import { listUsageRoute, usageSummaryRoute, useRoute } from './usage.ts';

export const aiTokenRoutes = [
  purchaseRoute,
  quoteRoute,
  getAutoTopUpRoute,
  putAutoTopUpRoute,
  deleteAutoTopUpRoute,
  giveGrantRoute,
  balanceRoute,
  balanceHistoryRoute,
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
