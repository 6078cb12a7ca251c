/** Who is signed in, how it looks here, and the way out. On a phone its items stand in the sheet behind “More”. */
import { Link } from '@tanstack/react-router';
import { useId, useRef } from 'react';
import { useSignOut } from '../../api/account.ts';
import { useSession } from '../../api/session.ts';
import { Icon } from '../icons.tsx';
import type { IconName } from '../icons.tsx';
import { roleWords } from '../people/words.ts';
import { themes, useTheme } from '../theme.ts';
import type { Theme } from '../theme.ts';
import { row, word } from './nav-link.tsx';

/** At the foot of the bar at the side. The browser closes what it opens: on Escape, and on a click elsewhere. */
export function AccountButton({ onHelp }: { onHelp: () => void }) {
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const close = () => panel.current?.hidePopover();
  const name = useAccountName();
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        title={name}
        className={`${row} text-muted hover:text-text hover:bg-raised/60`}
      >
        <Icon name="person" />
        <span className={word}>{name}</span>
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        className="border-line bg-surface text-text shadow-dialog fixed inset-auto bottom-3 left-[calc(var(--side)+8px)] m-0 w-72 rounded-xl border p-3"
      >
        <AccountItems onDone={close} onHelp={onHelp} />
      </div>
    </>
  );
}

interface ItemsProps {
  onDone: () => void;
  /** Absent where there are no keys. */
  onHelp?: () => void;
}

export function AccountItems({ onDone, onHelp }: ItemsProps) {
  const help = () => {
    onDone();
    onHelp?.();
  };
  return (
    <div className="grid gap-3">
      <Who />
      <ThemeChoice />
      <Own onDone={onDone} />
      {onHelp && (
        <button type="button" onClick={help} className={`${row} text-muted hover:text-text hover:bg-raised`}>
          <Icon name="keys" />
          Keyboard shortcuts
        </button>
      )}
    </div>
  );
}

/** What is one's own: account, keys and links. On a server without accounts there is nothing. */
function Own({ onDone }: { onDone: () => void }) {
  const signOut = useSignOut();
  const session = useSession();
  const may = session?.who?.permissions ?? [];
  if (session?.open !== false) return null;
  const item = `${row} text-muted hover:text-text hover:bg-raised`;
  return (
    <div className="grid gap-0.5">
      <Link to="/account" onClick={onDone} className={item}>
        <Icon name="person" />
        Account and password
      </Link>
      {!may.includes('system:write') && (
        <Link to="/people" onClick={onDone} className={item}>
          <Icon name="link" />
          Keys and links
        </Link>
      )}
      {session.who?.sessionId !== null && (
        <button type="button" onClick={() => signOut.mutate()} disabled={signOut.isPending} className={item}>
          <Icon name="leave" />
          Sign out
        </button>
      )}
    </div>
  );
}

function useAccountName(): string {
  const session = useSession();
  return session?.open ? 'This machine' : (session?.who?.name ?? 'Account');
}

function Who() {
  const session = useSession();
  const name = useAccountName();
  const role = session?.who?.role;
  const words = session?.open
    ? 'There are no accounts: whoever reaches this server may do everything.'
    : role && roleWords[role][0];
  return (
    <div className="px-1">
      <p className="truncate font-semibold">{name}</p>
      {words && <p className="text-muted text-[13px]">{words}</p>}
    </div>
  );
}

const looks: Record<Theme, readonly [IconName, string]> = {
  dark: ['moon', 'Dark'],
  light: ['sun', 'Light'],
  system: ['screen', 'System'],
};

function ThemeChoice() {
  const [theme, choose] = useTheme();
  return (
    <div role="group" aria-label="Theme" className="bg-canvas border-line flex rounded-lg border p-0.5">
      {themes.map((one) => {
        const [icon, label] = looks[one];
        return (
          <button
            key={one}
            type="button"
            aria-pressed={one === theme}
            onClick={() => choose(one)}
            className="text-muted aria-pressed:bg-raised aria-pressed:text-text flex min-h-8 grow items-center justify-center gap-1.5 rounded-md text-[13px] font-medium pointer-coarse:min-h-[44px]"
          >
            <Icon name={icon} size={15} />
            {label}
          </button>
        );
      })}
    </div>
  );
}
