/** Fields of forms: label, control, hint or error, tied together for screen readers. */
import { useId } from 'react';
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from 'react';

const control =
  'bg-canvas border-line-strong text-text placeholder:text-faint w-full min-h-10 rounded-lg border px-3 pointer-coarse:min-h-[44px] pointer-coarse:text-[16px] aria-invalid:border-bad';

interface Labelled {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

export function TextField({
  label,
  hint,
  error,
  mono = false,
  ...rest
}: Labelled & { mono?: boolean } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <input
        {...rest}
        id={id}
        aria-describedby={`${id}-hint`}
        aria-invalid={error !== undefined}
        className={`${control} ${mono ? 'font-mono text-[13px]' : ''}`}
      />
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  options,
  ...rest
}: Labelled & { options: Readonly<Record<string, string>> } & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Field id={id} label={label} hint={hint}>
      <select {...rest} id={id} aria-describedby={`${id}-hint`} className={control}>
        {Object.entries(options).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

export function CheckField({
  label,
  hint,
  ...rest
}: Labelled & Omit<InputHTMLAttributes<HTMLInputElement>, 'type'>) {
  const id = useId();
  return (
    <div className="flex gap-3">
      <input
        {...rest}
        type="checkbox"
        id={id}
        aria-describedby={`${id}-hint`}
        className="accent-accent mt-[3px] size-4"
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <p id={`${id}-hint`} className="text-muted text-[13px]">
          {hint}
        </p>
      </div>
    </div>
  );
}

function Field({ id, label, hint, error, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium">
        {label}
      </label>
      {children}
      <p id={`${id}-hint`} className={`mt-1.5 text-[13px] empty:hidden ${error ? 'text-bad' : 'text-muted'}`}>
        {error ?? hint}
      </p>
    </div>
  );
}

/** A failure of the whole form: what is wrong, what to do. Nothing when all that stands beside the fields. */
export function FormError({ children }: { children: ReactNode }) {
  if (children === undefined) return null;
  return (
    <div role="alert" className="border-bad/50 bg-bad/8 rounded-lg border px-3.5 py-3">
      {children}
    </div>
  );
}
