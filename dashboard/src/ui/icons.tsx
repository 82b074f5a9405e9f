import type { ReactNode } from 'react';

/** A 16-pixel line drawing that says nothing to a screen reader: what it stands beside does. */
function icon(paths: ReactNode) {
  return function Icon({ className = 'size-4' }: { className?: string }) {
    return (
      <svg
        viewBox="0 0 16 16"
        className={`${className} shrink-0`}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {paths}
      </svg>
    );
  };
}

export const SunIcon = icon(
  <>
    <circle cx="8" cy="8" r="2.75" />
    <path d="M8 1.5v1.25M8 13.25v1.25M1.5 8h1.25M13.25 8h1.25M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
  </>,
);
export const MoonIcon = icon(<path d="M13.5 9.6A5.75 5.75 0 0 1 6.4 2.5a5.75 5.75 0 1 0 7.1 7.1Z" />);
export const ExitIcon = icon(
  <path d="M6.25 2.75h-2.5a1 1 0 0 0-1 1v8.5a1 1 0 0 0 1 1h2.5M10 11l3-3-3-3M13 8H6.25" />,
);
export const ChevronIcon = icon(<path d="m4.5 6.25 3.5 3.5 3.5-3.5" />);
export const SearchIcon = icon(
  <>
    <circle cx="7" cy="7" r="4.25" />
    <path d="m10.25 10.25 3.25 3.25" />
  </>,
);
export const CheckIcon = icon(<path d="m3.5 8.5 3 3 6-7" />);
export const CloseIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />);
export const WarningIcon = icon(
  <>
    <path d="M8 2.25 14.25 13H1.75L8 2.25Z" />
    <path d="M8 6.5v3M8 11.25v.01" />
  </>,
);
export const TableIcon = icon(<path d="M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6" />);
export const ChartIcon = icon(<path d="M2.5 2.5v11h11M5 10.5l2.75-3.25 2 1.75L13 5" />);
export const CoinsIcon = icon(<path d="M8 3v10M3 8h10" />);

/** The mark: a notched stick, split in two halves that agree. */
export function Mark({ className = 'size-6' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" className={className} aria-hidden="true">
      <rect x="5" y="2" width="22" height="28" rx="5" className="fill-accent" />
      <path d="M5 9h9M5 14h9M5 19h9M18 9h9M18 14h9" className="stroke-on-accent" strokeWidth="2.5" />
      <path d="M16 2v22l2 6" className="stroke-on-accent" strokeWidth="1" opacity="0.55" fill="none" />
    </svg>
  );
}
