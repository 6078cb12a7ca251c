/** Buttons: one that matters, plain ones, quiet ones, and one for what cannot be undone. */
import type { ButtonHTMLAttributes } from 'react';
import { Icon } from './icons.tsx';
import type { IconName } from './icons.tsx';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-accent text-accent-ink font-semibold enabled:hover:brightness-110',
  plain: 'bg-raised text-text border border-line enabled:hover:border-line-strong',
  quiet: 'text-muted enabled:hover:text-text enabled:hover:bg-raised',
  danger: 'border border-bad/60 text-bad enabled:hover:bg-bad/10',
};

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  icon?: IconName;
  /** Shows that something is under way, and takes no clicks. */
  busy?: boolean;
}

export function Button({
  look = 'plain',
  icon,
  busy = false,
  children,
  className = '',
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={busy || rest.disabled}
      aria-busy={busy}
      className={`inline-flex min-h-9 items-center justify-center gap-2 rounded-lg px-3.5 font-medium transition select-none disabled:cursor-not-allowed disabled:opacity-55 pointer-coarse:min-h-[44px] ${looks[look]} ${className}`}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} size={16} />}
      {children}
    </button>
  );
}

/** @param label said by screen readers, and shown on hover. */
export function IconButton({
  icon,
  label,
  className = '',
  ...rest
}: { icon: IconName; label: string } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`text-muted hover:text-text hover:bg-raised inline-grid size-9 shrink-0 place-items-center rounded-lg transition pointer-coarse:size-[44px] ${className}`}
    >
      <Icon name={icon} />
    </button>
  );
}

function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="size-3.5 shrink-0 animate-spin rounded-full border-2 border-current/30 border-t-current"
    />
  );
}
