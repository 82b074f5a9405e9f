/** The colours of a document, as `#rrggbb`. */
export interface Palette {
  /** The brand's own, for areas. */
  accent: string;
  /** The brand's where it can be read on white, else ink. */
  accent_text: string;
  /** The brand's, hardly there, for areas behind text. */
  tint: string;
  ink: string;
  muted: string;
  hairline: string;
}

const ink = '#1c2230';

/** What WCAG asks of text. */
const TEXT_CONTRAST = 4.5;

/** The colours that go with a brand's. Throws a RangeError where it is no `#rrggbb`. */
export function paletteOf(primary_color: string): Palette {
  const channels = channelsOf(primary_color);
  const tint = hexOf(channels.map((channel) => Math.round(255 - (255 - channel) * 0.07)));
  return {
    accent: primary_color,
    accent_text: contrastToWhite(channels) >= TEXT_CONTRAST ? primary_color : ink,
    tint,
    ink,
    muted: '#5d6575',
    hairline: '#dfe2e8',
  };
}

function channelsOf(colour: string): number[] {
  if (!/^#[0-9a-fA-F]{6}$/.test(colour)) throw new RangeError('a colour is written #rrggbb');
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}

function hexOf(channels: readonly number[]): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** The contrast ratio of WCAG 2.2. */
function contrastToWhite(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}
