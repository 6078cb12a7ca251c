/** Accounts for recorders, screens and cameras, which sign in over RTSP and never see the dashboard. */
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { DeviceAccount } from '../../../../src/api/contract/accounts.ts';
import { camerasQuery } from '../../api/cameras.ts';
import { useServerNow } from '../../api/now.ts';
import { useDeleteDevice, useDevices } from '../../api/people.ts';
import { Button } from '../button.tsx';
import { Confirm } from '../confirm.tsx';
import { DeviceDialog } from './device-dialog.tsx';
import { List, Row } from './rows.tsx';
import { agoWords } from './when.ts';
import { grantsWords } from './words.ts';

export function Devices() {
  const { data, error } = useDevices();
  const [making, setMaking] = useState(false);
  const [ended, setEnded] = useState<DeviceAccount>();
  return (
    <>
      <List
        words="For recorders, screens and players that ask for a name and a password over RTSP. They cannot sign in here, and no person’s password has to be put into a device."
        add="Add a device"
        onAdd={() => setMaking(true)}
        rows={data}
        error={error}
        empty="No devices. A television or another recorder gets a name and a password of its own here."
      >
        {(device) => <DeviceRow device={device} onEnd={setEnded} />}
      </List>
      {making && <DeviceDialog onClose={() => setMaking(false)} />}
      {ended && <EndDevice device={ended} onClose={() => setEnded(undefined)} />}
    </>
  );
}

function DeviceRow({ device, onEnd }: { device: DeviceAccount; onEnd: (device: DeviceAccount) => void }) {
  const { data: cameras = [] } = useQuery(camerasQuery);
  const now = useServerNow();
  const known = (id: string) => cameras.some((camera) => camera.id === id);
  const used = device.usedMs === null ? 'Never used' : `Used ${agoWords(device.usedMs, now)}`;
  return (
    <Row name={device.name} lines={[`${grantsWords(device.grants, known)} · ${used}`]}>
      <Button look="danger" aria-label={`Delete: ${device.name}`} onClick={() => onEnd(device)}>
        Delete
      </Button>
    </Row>
  );
}

function EndDevice({ device, onClose }: { device: DeviceAccount; onClose: () => void }) {
  const remove = useDeleteDevice();
  return (
    <Confirm
      title={`Delete the device “${device.name}”?`}
      keep="Keep it"
      action="Delete device"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate(device.id, { onSuccess: onClose })}
    >
      What it is watching ends, and its password is refused from now on.
    </Confirm>
  );
}
