import { useEffect, useState } from 'react';

interface UpdatedAgoProps {
  /** When the figures were asked for last, in milliseconds; 0 for never. */
  updated_at: number;
  /** Whether they could not be had the last time. */
  failed: boolean;
  /** How old figures are that have not been refreshed as they should have been, in milliseconds. */
  stale_ms: number;
}

/** That the figures refresh by themselves, or since when they do not. */
export function UpdatedAgo({ updated_at, failed, stale_ms }: UpdatedAgoProps) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const age_ms = now - updated_at;
  const old = updated_at > 0 && (failed || age_ms > stale_ms);
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
