import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { balanceQuery } from '../../api/queries.ts';

const STALE_MS = 30_000;

/** That the figures refresh by themselves, or since when they do not. */
export function UpdatedAgo({ tenant_id }: { tenant_id: string }) {
  const { dataUpdatedAt: updated_at, isError } = useQuery(balanceQuery(tenant_id));
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const age_ms = now - updated_at;
  const old = updated_at > 0 && (isError || age_ms > STALE_MS);
  if (!old) {
    return (
      <span>
        <span aria-hidden="true" className="mr-1.5 inline-block size-1.5 rounded-full bg-good align-middle" />
        live
      </span>
    );
  }
  return <span className="text-warn">not updated for {Math.round(age_ms / 1000)} s</span>;
}
