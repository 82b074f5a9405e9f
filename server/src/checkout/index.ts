export { checkoutDueHandler, hearCheckoutNews } from './end-checkout.ts';
export { openCheckout } from './open-checkout.ts';
export { chooseOnSandboxPage, readSandboxPage, type SandboxPage } from './sandbox-page.ts';
