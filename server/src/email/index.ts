export { type AfterDecline, EMAIL_KINDS, type EmailKind } from './content.ts';
export { EMAIL_STATUSES, type EmailHead } from './email.ts';
export { EMAIL_STYLE } from './email-style.ts';
export { type NewEmail, queueEmail } from './queue-email.ts';
export { listEmails, readEmail } from './read-emails.ts';
export { resendEmail } from './resend-email.ts';
export { type EmailServices, emailSending, type InvoicePages } from './send-email.ts';
export { type Mailer, smtpMailer } from './smtp-mailer.ts';
export { tellPaid, tellRefunded } from './tell-money.ts';
