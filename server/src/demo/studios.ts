/** What sets a studio apart, beside what all of them do. */
export type Story =
  | 'example'
  | 'agency'
  | 'runs_dry'
  | 'owes_tokens'
  | 'repaid_tokens'
  | 'refund_in_full'
  | 'refund_in_part'
  | 'declined_card'
  | 'holds_to_reconcile'
  | 'late_holds'
  | 'churned'
  | 'over_included'
  | 'over_limit';

/** What sets a studio's subscription apart. */
export type Turn =
  | 'upgraded'
  | 'downgraded'
  | 'came_back'
  | 'cancelled'
  | 'left'
  | 'past_due'
  | 'suspended'
  | 'refunded'
  | 'calls_beyond';

export type TierName = 'free' | 'starter' | 'professional' | 'enterprise' | 'agency' | 'white_label';

/** A podcast studio of the demo. */
export interface Studio {
  name: string;
  slug: string;
  tier_name: TierName;
  currency: 'USD' | 'EUR' | 'JPY';
  story: Story | undefined;
  /** What sets its subscription apart. */
  turn: Turn | undefined;
  /** The slug of the studio that sells to it; the operator sells to the others. */
  sold_by: string | undefined;
}

/** The studio whose key and tokens the demo hands out to try things with. */
export const EXAMPLE_SLUG = 'larkspur-audio';

type Row = [
  name: string,
  tier_name: TierName,
  more?: Partial<Pick<Studio, 'currency' | 'story' | 'turn' | 'sold_by'>>,
];

/** In the order in which they are loaded: those with a story first, so that a small load tells them all. */
const rows: readonly Row[] = [
  ['Larkspur Audio', 'professional', { story: 'example', turn: 'upgraded' }],
  ['Harbor Lane Agency', 'agency', { story: 'agency' }],
  ['Saltbox Stories', 'starter', { sold_by: 'harbor-lane-agency' }],
  ['Night Ferry Radio', 'professional', { sold_by: 'harbor-lane-agency' }],
  ['Copper Kettle Podcasts', 'starter', { story: 'runs_dry' }],
  ['Long Tail Media', 'professional', { story: 'owes_tokens', turn: 'past_due' }],
  ['Second Draft Studio', 'professional', { story: 'repaid_tokens', turn: 'came_back' }],
  ['Paper Lantern Sound', 'starter', { story: 'refund_in_full', turn: 'downgraded' }],
  ['Quiet Car Productions', 'professional', { story: 'refund_in_part', turn: 'refunded' }],
  ['Marginalia FM', 'starter', { story: 'declined_card', turn: 'cancelled' }],
  ['Northbound Network', 'enterprise', { story: 'holds_to_reconcile' }],
  ['Off the Record House', 'white_label', { story: 'late_holds' }],
  ['Golden Hour Talks', 'starter', { story: 'churned' }],
  ['Blue Door Dispatch', 'free', { story: 'over_included' }],
  ['Field Notes Weekly', 'starter', { story: 'over_limit', turn: 'calls_beyond' }],
  ['Tidewater Sessions', 'professional', { story: 'runs_dry', turn: 'suspended' }],
  ['Halb Acht Audio', 'professional', { currency: 'EUR', story: 'refund_in_part' }],
  ['Kissaten Radio', 'starter', { currency: 'JPY', story: 'refund_in_full' }],
  ['Atelier Sonore', 'enterprise', { currency: 'EUR' }],
  ['Shibuya Voices', 'professional', { currency: 'JPY', story: 'holds_to_reconcile' }],
  ['Onda Corta', 'starter', { currency: 'EUR', story: 'declined_card' }],
  ['The Slow Mile', 'free'],
  ['Iron Gate Media', 'enterprise'],
  ['Small Hours Company', 'professional'],
  ['Crowded Table', 'free'],
  ['Signal Peak Studios', 'white_label'],
  ['Two Cents Finance', 'professional', { turn: 'upgraded' }],
  ['Backlot Stories', 'starter', { turn: 'left' }],
  ['Lighthouse Learning', 'enterprise'],
  ['Open Tab', 'free', { story: 'churned' }],
  ['Rust and Ivy', 'starter'],
  ['Parallax Science', 'professional'],
  ['Ground Floor Business', 'starter'],
  ['Velvet Rope Comedy', 'professional', { story: 'churned' }],
  ['Dust Jacket Books', 'free'],
  ['Full Count Baseball', 'starter'],
  ['Common Thread Network', 'agency', { turn: 'upgraded' }],
  ['Sunday Long Read', 'professional', { turn: 'upgraded' }],
  ['Case File North', 'white_label', { turn: 'left' }],
  ['Hot Mic Politics', 'enterprise'],
  ['Kitchen Radio', 'starter', { turn: 'downgraded' }],
  ['Ampersand Design', 'free'],
  ['Deep Water History', 'professional'],
  ['Fernweh Reisen', 'starter', { currency: 'EUR' }],
  ['Casa Abierta', 'free', { currency: 'EUR' }],
  ['Moshi Moshi Tech', 'starter', { currency: 'JPY' }],
  ['Overtime Sports Desk', 'professional'],
  ['Bedrock Geology', 'free'],
  ['Plain Speech Law', 'starter'],
  ['Third Rail Transit', 'starter'],
  ['Wide Margin', 'free'],
  ['Aurora Health Talks', 'enterprise'],
  ['Stagehand Theatre', 'starter'],
  ['Gravel Road Cycling', 'free'],
  ['Echo Chamber Music', 'professional'],
  ['Household Names', 'agency'],
  ['Pine Street Parents', 'starter'],
  ['Zero Index', 'professional'],
  ['First Light Birding', 'free'],
  ['Stack Trace', 'white_label'],
  ['Corner Office Confidential', 'enterprise'],
  ['Little Victories', 'free', { story: 'churned' }],
];

/** The studios of the demo; a seller stands before those it sells to. */
export const STUDIOS: readonly Studio[] = rows.map(([name, tier_name, more]) => ({
  name,
  slug: name.toLowerCase().replaceAll(' ', '-'),
  tier_name,
  currency: more?.currency ?? 'USD',
  story: more?.story,
  turn: more?.turn,
  sold_by: more?.sold_by,
}));
