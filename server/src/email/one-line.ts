/** Without line breaks and other controls, which end a header: a name may hold them. */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
}
