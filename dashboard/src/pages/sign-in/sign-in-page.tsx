import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef } from 'react';
import { explainError } from '../../api/explain-error.ts';
import { sessionQuery } from '../../api/queries.ts';
import { signIn } from '../../api/session.ts';
import { ThemeToggle } from '../../shell/theme-toggle.tsx';
import { Button } from '../../ui/button.tsx';
import { Mark } from '../../ui/icons.tsx';
import { Notice } from '../../ui/notice.tsx';
import { TextField } from '../../ui/text-field.tsx';

/** Who are you? */
export function SignInPage() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { ended } = useSearch({ from: '/sign-in' });
  const password = useRef<HTMLInputElement>(null);
  const attempt = useMutation({
    mutationFn: signIn,
    onSuccess: async (session) => {
      queries.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: '/' });
    },
    onError: () => password.current?.select(),
  });
  useEffect(() => {
    document.title = 'Sign in · Tallystick';
  }, []);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    attempt.mutate({ email: String(form.get('email')), password: String(form.get('password')) });
  };
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-4 py-10">
      <div className="w-full max-w-[360px]">
        <div className="mb-6 flex items-center gap-3">
          <Mark className="size-8" />
          <h1 className="text-xl font-semibold tracking-[-0.02em]">Sign in to Tallystick</h1>
        </div>
        <form
          onSubmit={onSubmit}
          className="flex flex-col gap-4 rounded-card border border-line bg-surface p-5 shadow-card"
        >
          {attempt.error === null ? null : (
            <Notice title={explainError(attempt.error).title}>{explainError(attempt.error).detail}</Notice>
          )}
          {ended === true && attempt.error === null ? (
            <p role="status" className="text-ink-soft">
              Your session has ended. Sign in again to go on.
            </p>
          ) : null}
          <TextField label="E-mail" name="email" type="email" autoComplete="username" required autoFocus />
          <TextField
            ref={password}
            label="Password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
          />
          <Button type="submit" look="primary" className="mt-1 h-10" disabled={attempt.isPending}>
            {attempt.isPending ? 'Signing in …' : 'Sign in'}
          </Button>
        </form>
        <div className="mt-4 flex items-start justify-between gap-4 text-[13px] text-ink-faint">
          <p>
            The first sign-in is printed when the server starts. Others are made with{' '}
            <code className="font-mono text-xs">POST /tenants/…/users</code>.
          </p>
          <ThemeToggle />
        </div>
      </div>
    </main>
  );
}
