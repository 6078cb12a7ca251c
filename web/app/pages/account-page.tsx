/** One's own account: who one is here, the password, the browsers that are signed in. */
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Session } from '../../../src/api/contract/accounts.ts';
import { useChangePassword, useEndOwnSession, useOwnSessions, useSignOut } from '../api/account.ts';
import { faultText, fieldFault, formFault } from '../api/http.ts';
import { useServerNow } from '../api/now.ts';
import { useSession } from '../api/session.ts';
import { dateTime } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { FormError } from '../parts/field.tsx';
import { agoWords, untilWords } from '../parts/people/when.ts';
import { roleWords } from '../parts/people/words.ts';
import { ElsewherePanel } from '../parts/session/elsewhere-panel.tsx';
import { NewPasswordField, PasswordField } from '../parts/session/password-field.tsx';
import { clientWords } from '../parts/session/client-words.ts';
import { Panel } from '../parts/storage/panel.tsx';
import { useTitle } from '../parts/title.ts';

export function AccountPage() {
  useTitle('Account');
  const { fault } = useSearch({ strict: false });
  const session = useSession();
  const signOut = useSignOut();
  if (!session?.who) return null;
  const { who, signIn } = session;
  const [role, may] = who.role ? roleWords[who.role] : ['', ''];
  return (
    <div className="mx-auto grid max-w-2xl grid-cols-[minmax(0,1fr)] gap-8">
      <div className="flex flex-wrap items-center gap-3 pt-4">
        <div className="min-w-0 grow">
          <h1 className="truncate text-[19px] font-semibold tracking-[-0.015em]">{who.name}</h1>
          <p className="text-muted">
            {[role, may.replace(' below', ' that were shared with you')].join('. ')}
          </p>
        </div>
        {who.sessionId === null ? (
          <p className="text-muted">Signed in by the proxy in front of this server</p>
        ) : (
          <Button icon="leave" busy={signOut.isPending} onClick={() => signOut.mutate()}>
            Sign out
          </Button>
        )}
      </div>
      {who.hasPassword && <PasswordPanel name={who.name} />}
      {signIn.oidc && (
        <ElsewherePanel
          name={signIn.oidc.name}
          linked={who.external}
          hasPassword={who.hasPassword}
          fault={fault}
        />
      )}
      <Sessions />
    </div>
  );
}

function PasswordPanel({ name }: { name: string }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const change = useChangePassword();
  const done = () => {
    setCurrent('');
    setPassword('');
  };
  return (
    <Panel title="Password" words="A new one signs out your other browsers.">
      <form
        className="border-line bg-surface grid gap-4 rounded-xl border p-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ current, password }, { onSuccess: done });
        }}
      >
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <PasswordField
          label="Current password"
          value={current}
          onChange={setCurrent}
          error={fieldFault(change.error, 'current')}
          autoComplete="current-password"
          required
        />
        <NewPasswordField
          label="New password"
          own={name}
          value={password}
          onChange={setPassword}
          error={fieldFault(change.error, 'password')}
          required
        />
        {change.isError && <FormError>{formFault(change.error, ['current', 'password'])}</FormError>}
        <div className="flex items-center gap-3">
          <Button type="submit" busy={change.isPending}>
            Change password
          </Button>
          <span role="status" className="text-good">
            {change.isSuccess && password === '' && 'Changed.'}
          </span>
        </div>
      </form>
    </Panel>
  );
}

function Sessions() {
  const { data, error } = useOwnSessions();
  const end = useEndOwnSession();
  const fault = end.error ?? error;
  return (
    <Panel title="Signed in" words="Browsers that are signed in with your account. End what you do not know.">
      {fault && <p className="text-bad mb-2">{faultText(fault)}</p>}
      <ul className="border-line divide-line bg-surface divide-y rounded-xl border empty:hidden">
        {data?.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            busy={end.isPending && end.variables === session.id}
            onEnd={() => end.mutate(session.id)}
          />
        ))}
      </ul>
    </Panel>
  );
}

function SessionRow({ session, busy, onEnd }: { session: Session; busy: boolean; onEnd: () => void }) {
  const now = useServerNow();
  const { client, address, createdMs, seenMs, expiresMs, current } = session;
  const name = clientWords(client);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 grow basis-56">
        <p className="font-medium" title={client}>
          {name}
          {current && (
            <span className="border-good/60 text-good ml-2 rounded-full border px-2 text-[12px]">
              This one
            </span>
          )}
        </p>
        <p className="text-muted text-[13px] tabular-nums">
          {address} · since {dateTime(createdMs)} · seen {agoWords(seenMs, now)} ·{' '}
          {untilWords(expiresMs, now)}
        </p>
      </div>
      {!current && (
        <Button look="danger" busy={busy} onClick={onEnd} aria-label={`End: ${name}, ${address}`}>
          End
        </Button>
      )}
    </li>
  );
}
