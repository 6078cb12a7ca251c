/** Makes an account for a device, then shows its password and an address with it, once. */
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { camerasQuery } from '../../api/cameras.ts';
import { fieldFault, formFault } from '../../api/http.ts';
import { useCreateDevice } from '../../api/people.ts';
import type { NewDevice } from '../../api/people.ts';
import { Button } from '../button.tsx';
import { CancelButton, Dialog, DialogButtons } from '../dialog.tsx';
import { FormError, TextField } from '../field.tsx';
import { rtspWithLogin } from '../ways/recipes.ts';
import { GrantsEditor } from './grants-editor.tsx';
import { OnceShown } from './once-shown.tsx';

/** A device sees and sends; it takes nothing away and changes nothing. */
const deviceRights = ['live', 'publish'] as const;

export function DeviceDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateDevice();
  const { data: cameras = [] } = useQuery(camerasQuery);
  if (create.data) {
    const { name, password, grants } = create.data;
    const granted = (id: string) => grants.every.length > 0 || (grants.cameras[id] ?? []).length > 0;
    const example = cameras.find((camera) => camera.links.rtsp !== null && granted(camera.id))?.links.rtsp;
    return (
      <OnceShown
        title={`The device “${name}”`}
        words="The password cannot be shown again."
        texts={[
          ['Name', name],
          ['Password', password],
          ...(example ? [['Address', rtspWithLogin(example, location.origin, name, password)] as const] : []),
        ]}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog
      wide
      title="Add a device"
      description="It gets a name and a password for RTSP. Devices of the network reach it once “Other devices” is on in Settings, RTSP."
      onClose={onClose}
    >
      <DeviceForm create={create} onClose={onClose} />
    </Dialog>
  );
}

function DeviceForm({
  create,
  onClose,
}: {
  create: ReturnType<typeof useCreateDevice>;
  onClose: () => void;
}) {
  const [name, setName] = useState('');
  const [grants, setGrants] = useState<NewDevice['grants']>({ every: ['live'], cameras: {} });
  const filled = { every: grants.every ?? [], cameras: grants.cameras ?? {} };
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ name, grants });
      }}
    >
      <TextField
        label="Name"
        hint="Also its user name; without colons and quotes."
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={fieldFault(create.error, 'name')}
        maxLength={100}
        autoComplete="off"
        autoCapitalize="none"
        required
        autoFocus
      />
      <GrantsEditor rights={deviceRights} grants={filled} onChange={setGrants} />
      {create.isError && <FormError>{formFault(create.error, ['name'])}</FormError>}
      <DialogButtons>
        <CancelButton onClick={onClose} />
        <Button look="primary" type="submit" busy={create.isPending}>
          Add
        </Button>
      </DialogButtons>
    </form>
  );
}
