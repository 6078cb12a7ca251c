/** Everybody who may sign in. */
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { User } from '../../../../src/api/contract/accounts.ts';
import { camerasQuery } from '../../api/cameras.ts';
import { useServerNow } from '../../api/now.ts';
import { useDeleteUser, useUsers } from '../../api/people.ts';
import { useSession } from '../../api/session.ts';
import { Button, IconButton } from '../button.tsx';
import { Confirm } from '../confirm.tsx';
import { List, Row } from './rows.tsx';
import { UserDialog } from './user-dialog.tsx';
import { agoWords } from './when.ts';
import { grantsWords, roleWords } from './words.ts';

export function Users() {
  const { data, error } = useUsers();
  const [opened, setOpened] = useState<User | 'new'>();
  const [deleted, setDeleted] = useState<User>();
  const self = useSession()?.who?.id;
  return (
    <>
      <List
        words="Everybody signs in with their own account: what each may see is decided here, and the audit log knows who did what."
        add="Add a person"
        onAdd={() => setOpened('new')}
        rows={data}
        error={error}
        empty="Nobody yet."
      >
        {(user) => <UserRow user={user} self={user.id === self} onEdit={setOpened} onDelete={setDeleted} />}
      </List>
      {opened !== undefined && (
        <UserDialog
          user={opened === 'new' ? undefined : opened}
          self={opened !== 'new' && opened.id === self}
          onClose={() => setOpened(undefined)}
        />
      )}
      {deleted && <DeleteUser user={deleted} onClose={() => setDeleted(undefined)} />}
    </>
  );
}

interface UserRowProps {
  user: User;
  self: boolean;
  onEdit: (user: User) => void;
  onDelete: (user: User) => void;
}

function UserRow({ user, self, onEdit, onDelete }: UserRowProps) {
  const { data: cameras = [] } = useQuery(camerasQuery);
  const now = useServerNow();
  const seen = user.signedInMs === null ? 'Never signed in' : `Signed in ${agoWords(user.signedInMs, now)}`;
  const may =
    user.role === 'admin'
      ? 'Everything, on every camera'
      : grantsWords(user.grants, (id) => cameras.some((camera) => camera.id === id));
  const browsers = user.sessions === 1 ? 'one browser' : `${user.sessions} browsers`;
  const lines = [
    `${roleWords[user.role][0]} · ${may}`,
    user.sessions > 0 ? `${seen} · in ${browsers}` : seen,
  ];
  const mark = user.disabled ? 'Disabled' : self ? 'You' : user.external ? 'Signs in elsewhere' : undefined;
  return (
    <Row name={user.name} mark={mark} lines={lines}>
      <Button icon="edit" aria-label={`Edit: ${user.name}`} onClick={() => onEdit(user)}>
        Edit
      </Button>
      <IconButton
        icon="bin"
        label={`Delete: ${user.name}`}
        onClick={() => onDelete(user)}
        disabled={self}
        className="disabled:invisible"
      />
    </Row>
  );
}

function DeleteUser({ user, onClose }: { user: User; onClose: () => void }) {
  const remove = useDeleteUser();
  return (
    <Confirm
      title={`Delete “${user.name}”?`}
      keep="Keep"
      action="Delete account"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(user.id, { onSuccess: onClose })}
    >
      They are signed out everywhere, and their keys and links end. What the audit log says of them stays. To
      keep the account, disable it instead.
    </Confirm>
  );
}
