/** API keys: for programs that act in somebody's name. Whoever manages people sees everybody's. */
import { useState } from 'react';
import type { ApiKey } from '../../../../src/api/contract/accounts.ts';
import { useServerNow } from '../../api/now.ts';
import { useDeleteKey, useKeyList } from '../../api/people.ts';
import { useSession } from '../../api/session.ts';
import { Button } from '../button.tsx';
import { Confirm } from '../confirm.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { List, Row } from './rows.tsx';
import { agoWords, untilWords } from './when.ts';
import { grantsWords, scopeWords } from './words.ts';

export function Keys() {
  const { data, error } = useKeyList();
  const [making, setMaking] = useState(false);
  const [ended, setEnded] = useState<ApiKey>();
  return (
    <>
      <List
        words="For programs that use the API. A key never may more than the person who made it may at that moment, and it can be ended by itself."
        add="Make a key"
        onAdd={() => setMaking(true)}
        rows={data}
        error={error}
        empty="No keys. A script, a home automation or Prometheus signs in with one, instead of with a password."
      >
        {(key) => <KeyRow row={key} onEnd={setEnded} />}
      </List>
      {making && <KeyDialog onClose={() => setMaking(false)} />}
      {ended && <EndKey row={ended} onClose={() => setEnded(undefined)} />}
    </>
  );
}

function KeyRow({ row, onEnd }: { row: ApiKey; onEnd: (key: ApiKey) => void }) {
  const now = useServerNow();
  const self = useSession()?.who?.id;
  const scopes = row.scopes.map((scope) => scopeWords[scope][0]).join(', ');
  const owner = row.userId === self ? 'Yours' : `Of ${row.userName}`;
  const used = row.usedMs === null ? 'never used' : `used ${agoWords(row.usedMs, now)}`;
  const cameras = row.grants && grantsWords(row.grants, () => true);
  return (
    <Row
      name={row.name}
      mark={row.expiresMs !== null && row.expiresMs <= now ? 'Ended' : undefined}
      lines={[
        [scopes, cameras].filter(Boolean).join(' · '),
        `${owner} · ${used} · ${untilWords(row.expiresMs, now)}`,
      ]}
    >
      <Button look="danger" aria-label={`End: ${row.name}`} onClick={() => onEnd(row)}>
        End
      </Button>
    </Row>
  );
}

function EndKey({ row, onClose }: { row: ApiKey; onClose: () => void }) {
  const remove = useDeleteKey();
  return (
    <Confirm
      title={`End the key “${row.name}”?`}
      keep="Keep it"
      action="End key"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(row.id, { onSuccess: onClose })}
    >
      The program that uses it is refused from now on. A key that was ended does not come back.
    </Confirm>
  );
}
