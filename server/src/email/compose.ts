import type { Email } from './email.ts';
import { contentOf } from './facts-text.ts';
import { type Letter, type LetterContext, letterOf } from './letter.ts';
import type { Sender } from './sender.ts';

/** An e-mail as it goes out. */
export interface Composed {
  from_name: string;
  from_address: string;
  text: string;
  html: string;
}

/** Composes a row's e-mail from its facts, as plain text and as HTML. */
export async function compose(
  email: Pick<Email, 'kind' | 'facts'>,
  sender: Sender,
  context: LetterContext,
): Promise<Composed> {
  const letter = letterOf(contentOf(email.kind, email.facts), context);
  // Loaded with the first e-mail, because it brings React along.
  const { drawLetter } = await import('./draw-letter.ts');
  const html = drawLetter(letter, sender);
  return { from_name: sender.name, from_address: sender.address, text: textOf(letter, sender), html };
}

/** The letter for whoever reads no HTML. */
export function textOf({ heading, paragraphs, figures, action }: Letter, sender: Sender): string {
  const parts = [
    heading,
    ...paragraphs,
    figures.map(([label, value]) => `${label}: ${value}`).join('\n'),
    action === null ? '' : `${action.label}: ${action.url}`,
    `-- \n${sender.name}\n${sender.address}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
