export { hearMethodNews } from './hear-news.ts';
export { methodToCharge } from './method-to-charge.ts';
export {
  ensureCustomer,
  type MethodServices,
  removePaymentMethod,
  requireProvider,
  savePaymentMethod,
} from './save-method.ts';
export { defaultPaymentMethod, insertPaymentMethod, listPaymentMethods, makeDefault } from './store.ts';
