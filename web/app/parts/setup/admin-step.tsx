/** First step: the first account, which may do everything. */
import { useState } from 'react';
import { useSetUp } from '../../api/account.ts';
import { fieldFault, formFault } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { FormError, TextField } from '../field.tsx';
import { NewPasswordField } from '../session/password-field.tsx';
import { serverUrl } from '../../api/base.ts';

/** @param token from the link that the server printed; undefined: somebody opened the server without it */
export function AdminStep({ token }: { token: string | undefined }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const setUp = useSetUp();
  if (token === undefined) return <LinkNeeded />;
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        setUp.mutate({ token, name, password });
      }}
    >
      <TextField
        label="Name"
        hint="What you sign in with."
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={fieldFault(setUp.error, 'name')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={100}
        required
        autoFocus
      />
      <NewPasswordField
        label="Password"
        own={name}
        value={password}
        onChange={setPassword}
        error={fieldFault(setUp.error, 'password')}
        required
      />
      {setUp.isError && <FormError>{formFault(setUp.error, ['name', 'password'])}</FormError>}
      <Button look="primary" type="submit" busy={setUp.isPending} className="min-h-[44px]">
        Make the account
      </Button>
    </form>
  );
}

function LinkNeeded() {
  return (
    <div className="border-line bg-surface rounded-xl border p-4">
      <p className="font-medium">Open the link that the server printed when it started.</p>
      <p className="text-muted mt-1.5">
        It stands in the window or log where the server was started, and looks like this:
      </p>
      <pre className="bg-canvas border-line mt-2 overflow-x-auto rounded-lg border px-3 py-2 font-mono text-[12px]">
        {serverUrl}/setup?token=…
      </pre>
      <p className="text-muted mt-2 text-[13px]">
        So only who can reach the server’s machine can take possession of it. Each start prints a new one.
      </p>
    </div>
  );
}
