import { type ComponentProps, useId } from 'react';

interface TextFieldProps extends ComponentProps<'input'> {
  label: string;
}

/** A labelled field of one line. */
export function TextField({ label, className = '', ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-[13px] font-medium text-ink-soft">
        {label}
      </label>
      <input
        id={id}
        className={`h-10 w-full rounded-lg border border-line-strong bg-surface px-3 text-base sm:text-sm ${className}`}
        {...rest}
      />
    </div>
  );
}
