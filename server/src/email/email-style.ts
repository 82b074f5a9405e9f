/** What the styles of the elements cannot say: the colours for readers in the dark, and a phone's margins. */
export const EMAIL_STYLE = `
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  .page, .page > table > tbody > tr > td { background-color: #16191d !important; }
  .card { background-color: #1e2227 !important; border-color: #363c44 !important; }
  .ink { color: #e8e6e1 !important; }
  .soft { color: #a3abb5 !important; }
  .line { border-color: #363c44 !important; }
  .button { background-color: #7cc4f0 !important; color: #10202b !important; }
}
@media (max-width: 480px) {
  .card { padding: 20px 16px 16px !important; }
}
`;
