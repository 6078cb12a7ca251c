/** Name and password, or another place to sign in. */
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import { useSignIn } from '../api/account.ts';
import { faultText } from '../api/http.ts';
import { useSession } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { FormError, TextField } from '../parts/field.tsx';
import { pathWithin } from '../parts/session/door.ts';
import { DoorPage } from '../parts/session/door-page.tsx';
import { PasswordField } from '../parts/session/password-field.tsx';

export function SignInPage() {
  const { ended, to } = useSearch({ from: '/sign-in' });
  const ways = useSession()?.signIn;
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
        {ways?.password !== false && <PasswordForm />}
        {ways?.oidc && <Elsewhere name={ways.oidc.name} url={ways.oidc.url} to={to} />}
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
function Elsewhere({ name, url, to }: { name: string; url: string; to: string | undefined }) {
  const back = new URLSearchParams({ to: pathWithin(to, location.origin) });
  return (
    <a
      href={`${url}${url.includes('?') ? '&' : '?'}${back}`}
      className="bg-raised border-line hover:border-line-strong flex min-h-[44px] items-center justify-center rounded-lg border px-4 font-medium"
    >
      Sign in with {name}
    </a>
  );
}
