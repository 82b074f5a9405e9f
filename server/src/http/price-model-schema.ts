import { z } from 'zod';
import { PRICE_TIERS_MAX, type PriceModel, priceModelProblem } from '../money/index.ts';

/** A price of a request in minor units of its currency, zero or more: a plain decimal text of at most 30 characters. */
const unitPrice = z
  .string()
  .max(30)
  .regex(/^\d+(\.\d+)?$/, 'must be a plain decimal number such as 0.005')
  .meta({ examples: ['0.005'], description: 'In minor units of the currency.' });

const quantity = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

const tiers = z
  .array(
    z.strictObject({
      up_to: quantity.nullable().meta({ description: 'The last quantity of the tier; null for no end.' }),
      unit_price_cents: unitPrice,
      flat_price_cents: unitPrice.optional().meta({ description: 'Due once when the tier is reached.' }),
    }),
  )
  .min(1)
  .max(PRICE_TIERS_MAX);

/** A price model of a request or an answer: its shape, and what priceModelProblem() looks at. */
export const priceModel: z.ZodType<PriceModel> = z
  .discriminatedUnion('model', [
    z.strictObject({ model: z.literal('flat'), flat_price_cents: unitPrice }),
    z.strictObject({ model: z.literal('per_unit'), unit_price_cents: unitPrice }),
    z.strictObject({
      model: z.literal('package'),
      package_size: quantity,
      package_price_cents: unitPrice,
    }),
    z.strictObject({ model: z.literal('graduated'), tiers }),
    z.strictObject({ model: z.literal('volume'), tiers }),
  ])
  .superRefine((model, context) => {
    const problem = priceModelProblem(model);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ examples: [{ model: 'per_unit', unit_price_cents: '0.005' }] });
