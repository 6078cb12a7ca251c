/** Name and password, or another place to sign in. */
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import { useSignIn } from '../api/account.ts';
import { faultText } from '../api/http.ts';
import { useSession } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import type { SessionInfo } from '../../../src/api/contract/accounts.ts';
import { FormError, TextField } from '../parts/field.tsx';
import { pathWithin } from '../parts/session/door.ts';
import { DoorPage } from '../parts/session/door-page.tsx';
import { oidcFaultWords } from '../parts/session/oidc-words.ts';
import { PasswordField } from '../parts/session/password-field.tsx';

type OidcWay = NonNullable<SessionInfo['signIn']['oidc']>;

export function SignInPage() {
  const { ended, to, fault } = useSearch({ from: '/sign-in' });
  const ways = useSession()?.signIn;
  const elsewhere = ways?.oidc;
  const failed = elsewhere && fault !== undefined ? oidcFaultWords(fault, elsewhere.name) : undefined;
  return (
    <DoorPage
      title="Sign in"
      words={
        ended === true
          ? 'You were signed out. Sign in to go on where you were.'
          : 'To the cameras you may see.'
      }
    >
      <div className="grid gap-6">
        {failed && <FormError>{failed}</FormError>}
        {ways?.password !== false && <PasswordForm />}
        {elsewhere && <Elsewhere way={elsewhere} to={to} />}
      </div>
    </DoorPage>
  );
}

function PasswordForm() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useSignIn();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    signIn.mutate({ name, password });
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={100}
        required
        autoFocus
      />
      <PasswordField
        label="Password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        required
      />
      {signIn.isError && <FormError>{faultText(signIn.error)}</FormError>}
      <Button look="primary" type="submit" busy={signIn.isPending} className="min-h-[44px]">
        Sign in
      </Button>
    </form>
  );
}

/** @param to the page to come back to */
function Elsewhere({ way, to }: { way: OidcWay; to: string | undefined }) {
  const { name, url, problem } = way;
  const back = new URLSearchParams({ to: pathWithin(to, location.origin) });
  return (
    <div className="grid gap-2">
      <a
        href={`${url}?${back.toString()}`}
        className="bg-raised border-line hover:border-line-strong flex min-h-[44px] items-center justify-center rounded-lg border px-4 font-medium"
      >
        Sign in with {name}
      </a>
      {problem !== null && (
        <p className="text-muted text-[13px]">
          {name} cannot be used now: {problem} Whoever runs this server finds more in its log.
        </p>
      )}
    </div>
  );
}
