export { hearMethodNews } from './hear-news.ts';
export { methodToCharge } from './method-to-charge.ts';
export {
  ensureCustomer,
  type MethodServices,
  removePaymentMethod,
  requireProvider,
  savePaymentMethod,
} from './save-method.ts';
export { insertPaymentMethod, listPaymentMethods, makeDefault } from './store.ts';
