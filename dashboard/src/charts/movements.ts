/** How recurring revenue moves, from the bottom of a bar to its top; the last two are below zero. */
export const MOVEMENTS = [
  { key: 'new_cents', label: 'New', swatch: 'bg-(--chart-1)', fill: 'var(--chart-1)', opacity: 1 },
  {
    key: 'reactivation_cents',
    label: 'Came back',
    swatch: 'bg-(--chart-1)/70',
    fill: 'var(--chart-1)',
    opacity: 0.7,
  },
  {
    key: 'expansion_cents',
    label: 'Expansion',
    swatch: 'bg-(--chart-1)/40',
    fill: 'var(--chart-1)',
    opacity: 0.4,
  },
  {
    key: 'contraction_cents',
    label: 'Contraction',
    swatch: 'bg-(--chart-2)',
    fill: 'var(--chart-2)',
    opacity: 1,
  },
  { key: 'churn_cents', label: 'Churn', swatch: 'bg-(--chart-3)', fill: 'var(--chart-3)', opacity: 1 },
] as const;
