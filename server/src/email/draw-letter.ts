import { Body } from '@react-email/body';
import { Button } from '@react-email/button';
import { Container } from '@react-email/container';
import { Head } from '@react-email/head';
import { Heading } from '@react-email/heading';
import { Hr } from '@react-email/hr';
import { Html } from '@react-email/html';
import { Preview } from '@react-email/preview';
import { Section } from '@react-email/section';
import { Text } from '@react-email/text';
import { type CSSProperties, createElement as h, type ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { EMAIL_STYLE } from './email-style.ts';
import type { Letter } from './letter.ts';
import type { Sender } from './sender.ts';

const INK = '#1b1f24';
const SOFT = '#5b6470';
const LINE = '#ddd8cc';

// Light colours stand on the elements, because many programs read nothing else; the style sheet has the dark ones.
const styles = {
  body: {
    margin: '0',
    padding: '24px 12px',
    backgroundColor: '#f4f2ec',
    color: INK,
    fontFamily: 'sans-serif',
  },
  card: {
    maxWidth: '560px',
    padding: '28px 28px 20px',
    backgroundColor: '#ffffff',
    border: `1px solid ${LINE}`,
    borderRadius: '10px',
  },
  seller: { margin: '0 0 20px', fontSize: '15px', lineHeight: '22px', fontWeight: 600, color: SOFT },
  heading: { margin: '0 0 12px', fontSize: '22px', lineHeight: '30px', fontWeight: 600, color: INK },
  paragraph: { margin: '0 0 12px', fontSize: '16px', lineHeight: '25px', color: INK },
  label: { padding: '8px 16px 8px 0', fontSize: '15px', color: SOFT, verticalAlign: 'top' },
  value: {
    padding: '8px 0',
    fontSize: '15px',
    color: INK,
    textAlign: 'right',
    verticalAlign: 'top',
    overflowWrap: 'anywhere',
  },
  row: { borderTop: `1px solid ${LINE}` },
  button: {
    padding: '12px 20px',
    backgroundColor: '#0b5c8a',
    color: '#ffffff',
    borderRadius: '8px',
    fontSize: '15px',
    fontWeight: 600,
  },
  line: { margin: '20px 0 12px', borderColor: LINE },
  footer: { margin: '0', fontSize: '13px', lineHeight: '20px', color: SOFT },
} as const satisfies Record<string, CSSProperties>;

/** A letter as the HTML of an e-mail, with its styles inline. Every word of it comes out as text, whatever it holds. */
export function drawLetter(letter: Letter, sender: Sender): string {
  const page = h(
    Html,
    { lang: 'en', dir: 'ltr' },
    head(letter),
    h(
      Body,
      { className: 'page', style: styles.body },
      h(Preview, null, letter.paragraphs[0] ?? letter.heading),
      h(Container, { className: 'card', style: styles.card }, ...content(letter, sender)),
    ),
  );
  return `<!doctype html>${renderToStaticMarkup(page)}`;
}

function head({ heading }: Letter): ReactElement {
  return h(
    Head,
    null,
    h('title', null, heading),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('meta', { name: 'supported-color-schemes', content: 'light dark' }),
    // biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours, and a hash names exactly its bytes.
    h('style', { dangerouslySetInnerHTML: { __html: EMAIL_STYLE } }),
  );
}

function content({ heading, paragraphs, figures, action }: Letter, sender: Sender): ReactElement[] {
  return [
    h(Text, { key: 'seller', className: 'soft', style: styles.seller }, sender.name),
    h(Heading, { key: 'heading', as: 'h1', className: 'ink', style: styles.heading }, heading),
    ...paragraphs.map((words) => h(Text, { key: words, className: 'ink', style: styles.paragraph }, words)),
    h(Section, { key: 'figures', style: { margin: '8px 0 20px' } }, table(figures)),
    ...(action === null
      ? []
      : [
          h(
            Button,
            { key: 'action', className: 'button', href: action.url, style: styles.button },
            action.label,
          ),
        ]),
    h(Hr, { key: 'line', className: 'line', style: styles.line }),
    h(
      Text,
      { key: 'footer', className: 'soft', style: styles.footer },
      `${sender.name} sent you this because yours is the billing address of an account with us. Questions? Reply to ${sender.address}.`,
    ),
  ];
}

function table(figures: Letter['figures']): ReactElement {
  const rows = figures.map(([label, value]) =>
    h(
      'tr',
      { key: label, className: 'line', style: styles.row },
      h(
        'th',
        { scope: 'row', align: 'left', className: 'soft', style: { ...styles.label, fontWeight: 400 } },
        label,
      ),
      h('td', { className: 'ink', style: styles.value }, value),
    ),
  );
  const style = { width: '100%', borderCollapse: 'collapse' } as const;
  return h('table', { style }, h('tbody', null, ...rows));
}
