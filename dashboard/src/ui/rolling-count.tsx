import { useEffect, useRef, useState } from 'react';
import { formatCount } from '../format/numbers.ts';

const ROLL_MS = 700;

/**
 * A count that rolls from what it was to what it is, and glows, so that a change is seen. Who prefers less motion sees
 * the new figure at once.
 */
export function RollingCount({ count }: { count: number }) {
  const [shown, setShown] = useState(count);
  const from = useRef(count);
  useEffect(() => {
    const start = from.current;
    from.current = count;
    if (start === count || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      setShown(count);
      return;
    }
    const began = performance.now();
    let frame = requestAnimationFrame(function roll(now: number) {
      const part = Math.min(1, Math.max(0, (now - began) / ROLL_MS));
      setShown(Math.round(start + (count - start) * (1 - (1 - part) ** 3)));
      if (part < 1) frame = requestAnimationFrame(roll);
    });
    return () => cancelAnimationFrame(frame);
  }, [count]);
  return (
    // A new key for a new figure begins its glow again.
    <span key={count} className={shown === count ? undefined : 'changed'}>
      {formatCount(shown)}
    </span>
  );
}
