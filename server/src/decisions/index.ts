export type { Decision, DecisionCaller, DecisionParts, DecisionRequest } from './decision.ts';
export { Decisions } from './decisions.ts';
