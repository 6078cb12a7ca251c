/** A password: hidden or shown, and for a new one how strong it is. */
import { useId, useState } from 'react';
import type { InputHTMLAttributes } from 'react';
import { TextField } from '../field.tsx';
import { strengthOf } from './password-words.ts';

interface PasswordProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'type'> {
  label: string;
  value: string;
  onChange: (password: string) => void;
  error?: string | undefined;
}

export function PasswordField({ label, value, onChange, error, ...rest }: PasswordProps) {
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <TextField
        {...rest}
        label={label}
        error={error}
        type={shown ? 'text' : 'password'}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={200}
      />
      <button
        type="button"
        aria-pressed={shown}
        aria-label={`Show: ${label}`}
        onClick={() => setShown(!shown)}
        className="text-muted hover:text-text absolute -top-0.5 right-0 min-h-6 px-1 text-[13px] pointer-coarse:-top-2 pointer-coarse:min-h-9"
      >
        {shown ? 'Hide' : 'Show'}
      </button>
    </div>
  );
}

const levels = ['bg-line-strong', 'bg-warn', 'bg-good', 'bg-good'] as const;

/** @param own the name of the account it belongs to */
export function NewPasswordField({ own, ...rest }: PasswordProps & { own: string }) {
  const id = useId();
  const { level, words } = strengthOf(rest.value, own);
  return (
    <div>
      <PasswordField {...rest} autoComplete="new-password" aria-details={id} />
      <div className="mt-2 flex gap-1" aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <i
            key={step}
            className={`h-1 grow rounded-full transition-colors ${step <= level ? levels[level] : 'bg-line'}`}
          />
        ))}
      </div>
      <p id={id} role="status" className={`mt-1 text-[13px] ${level === 1 ? 'text-warn' : 'text-muted'}`}>
        {words}
      </p>
    </div>
  );
}
