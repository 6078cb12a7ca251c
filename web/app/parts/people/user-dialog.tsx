/** A person: name, role, what they may on which camera, password. In: the person, or nobody for a new one. */
import { useState } from 'react';
import type { User } from '../../../../src/api/contract/accounts.ts';
import { useChangeUser, useCreateUser, useEndUserSessions } from '../../api/people.ts';
import { faultText, fieldFault, formFault } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { CancelButton, Dialog, DialogButtons } from '../dialog.tsx';
import { CheckField, FormError, TextField } from '../field.tsx';
import { NewPasswordField } from '../session/password-field.tsx';
import { GrantsEditor } from './grants-editor.tsx';
import { RoleChoice } from './role-choice.tsx';
import { rightsFor } from './words.ts';

interface Draft {
  readonly name: string;
  readonly role: User['role'];
  readonly grants: User['grants'];
  readonly disabled: boolean;
  /** Empty: stays as it is. */
  readonly password: string;
}

const empty: Draft = {
  name: '',
  role: 'viewer',
  grants: { every: [], cameras: {} },
  disabled: false,
  password: '',
};

interface UserDialogProps {
  user: User | undefined;
  /** It is the account that asks: it cannot take away its own role. */
  self: boolean;
  onClose: () => void;
}

export function UserDialog({ user, self, onClose }: UserDialogProps) {
  const [draft, setDraft] = useState<Draft>(user ? { ...user, password: '' } : empty);
  const put = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const save = useSaveUser(user, onClose);
  return (
    <Dialog
      wide
      title={user ? user.name : 'Add a person'}
      description={
        user
          ? 'Changes apply at once, also to what they are watching now.'
          : 'They sign in with this name and password.'
      }
      onClose={onClose}
    >
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(draft);
        }}
      >
        <Login isNew={!user} draft={draft} put={put} error={save.error} />
        <RoleChoice role={draft.role} disabled={self} onChange={(role) => put({ role })} />
        {draft.role !== 'admin' && (
          <GrantsEditor
            rights={rightsFor(draft.role)}
            grants={draft.grants}
            onChange={(grants) => put({ grants })}
          />
        )}
        {user && !self && (
          <CheckField
            label="Disabled"
            hint="Cannot sign in. What they are watching ends; nothing of the account is lost."
            checked={draft.disabled}
            onChange={(event) => put({ disabled: event.target.checked })}
          />
        )}
        {user && !self && user.sessions > 0 && <SignedIn user={user} />}
        {save.isError && <FormError>{formFault(save.error, ['name', 'password'])}</FormError>}
        <DialogButtons>
          <CancelButton onClick={onClose} />
          <Button look="primary" type="submit" busy={save.isPending}>
            {user ? 'Save' : 'Add'}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

/** @param user signed in somewhere */
function SignedIn({ user }: { user: User }) {
  const end = useEndUserSessions();
  return (
    <div className="flex flex-wrap items-center gap-3">
      <p className="min-w-0 grow">
        {end.isSuccess
          ? 'Signed out everywhere.'
          : `Signed in with ${user.sessions === 1 ? 'one browser' : `${user.sessions} browsers`}.`}
      </p>
      {!end.isSuccess && (
        <Button look="danger" busy={end.isPending} onClick={() => end.mutate(user.id)}>
          Sign out everywhere
        </Button>
      )}
      {end.isError && <FormError>{faultText(end.error)}</FormError>}
    </div>
  );
}

interface LoginProps {
  isNew: boolean;
  draft: Draft;
  put: (change: Partial<Draft>) => void;
  error: unknown;
}

function Login({ isNew, draft, put, error }: LoginProps) {
  return (
    <div className="grid items-start gap-5 sm:grid-cols-2">
      <TextField
        label="Name"
        value={draft.name}
        onChange={(event) => put({ name: event.target.value })}
        error={fieldFault(error, 'name')}
        autoComplete="off"
        maxLength={100}
        required
        autoFocus={isNew}
      />
      <NewPasswordField
        label={isNew ? 'Password' : 'New password'}
        own={draft.name}
        value={draft.password}
        onChange={(password) => put({ password })}
        error={fieldFault(error, 'password')}
        placeholder={isNew ? undefined : 'Stays as it is'}
        required={isNew}
      />
    </div>
  );
}

function useSaveUser(user: User | undefined, onDone: () => void) {
  const create = useCreateUser();
  const change = useChangeUser(user?.id ?? '');
  const mutate = ({ name, role, grants, disabled, password }: Draft) => {
    const done = { onSuccess: onDone };
    if (!user) return create.mutate({ name, role, grants, password }, done);
    change.mutate({ name, role, grants, disabled, ...(password !== '' && { password }) }, done);
  };
  return { ...(user ? change : create), mutate };
}
