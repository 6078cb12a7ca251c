/** Makes a key: name, what it may, until when; then shows it, once. */
import { useState } from 'react';
import { fieldFault, formFault } from '../../api/http.ts';
import { serverNow } from '../../api/now.ts';
import { useCreateKey } from '../../api/people.ts';
import { useSession } from '../../api/session.ts';
import type { Permission } from '../../api/session.ts';
import { Button } from '../button.tsx';
import { CancelButton, Dialog, DialogButtons } from '../dialog.tsx';
import { CheckField, FormError, SelectField, TextField } from '../field.tsx';
import { OnceShown } from './once-shown.tsx';
import { scopeWords } from './words.ts';
import { serverUrl } from '../../api/base.ts';

const dayMs = 86_400_000;
/** Days from now; empty: never. */
const lasting = { '30': 'A month', '90': 'Three months', '365': 'A year', '': 'Until it is ended' };

export function KeyDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateKey();
  if (create.data) {
    const { name, key } = create.data;
    return (
      <OnceShown
        title={`The key “${name}”`}
        words="The server keeps only a fingerprint of it: nobody can show it again."
        texts={[
          ['Key', key],
          ['Try it', `curl -H 'Authorization: Bearer ${key}' ${serverUrl}/api/v1/cameras`],
        ]}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog
      title="Make a key"
      description="For one program: then it can be ended by itself."
      onClose={onClose}
    >
      <KeyForm create={create} onClose={onClose} />
    </Dialog>
  );
}

function KeyForm({ create, onClose }: { create: ReturnType<typeof useCreateKey>; onClose: () => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Permission[]>(['media:read']);
  const [days, setDays] = useState<string>('365');
  const own = useSession()?.who?.permissions ?? [];
  const submit = () =>
    create.mutate({
      name,
      scopes: [...scopes],
      expiresMs: days === '' ? null : Math.round(serverNow()) + Number(days) * dayMs,
    });
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField
        label="Name"
        hint="What uses it, for example “Home Assistant”."
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={fieldFault(create.error, 'name')}
        maxLength={100}
        required
        autoFocus
      />
      <fieldset className="grid gap-3">
        <legend className="mb-2 font-medium">It may</legend>
        {own.map((scope) => (
          <CheckField
            key={scope}
            label={scopeWords[scope][0]}
            hint={scopeWords[scope][1]}
            checked={scopes.includes(scope)}
            onChange={({ target }) =>
              setScopes(target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
            }
          />
        ))}
      </fieldset>
      <SelectField
        label="It lasts"
        options={lasting}
        value={days}
        onChange={(event) => setDays(event.target.value)}
      />
      {create.isError && <FormError>{formFault(create.error, ['name'])}</FormError>}
      <DialogButtons>
        <CancelButton onClick={onClose} />
        <Button look="primary" type="submit" busy={create.isPending} disabled={scopes.length === 0}>
          Make the key
        </Button>
      </DialogButtons>
    </form>
  );
}
