/** Second step: the login of a device that was found or typed; then it is asked for its streams. */
import { useState } from 'react';
import { useDeviceStreams } from '../../api/scan.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { DialogButtons } from '../dialog.tsx';
import { TextField } from '../field.tsx';
import { Icon } from '../icons.tsx';
import type { DeviceAnswer, DeviceDraft } from './device.ts';
import { ProbeFault } from './probe-fault.tsx';

interface StepProps {
  device: DeviceDraft;
  onChange: (device: DeviceDraft) => void;
  onBack: () => void;
  onNext: (answer: DeviceAnswer) => void;
}

export function DeviceStep({ device, onChange, onBack, onNext }: StepProps) {
  const streams = useDeviceStreams();
  const change = (part: Partial<DeviceDraft>) => {
    streams.reset();
    onChange({ ...device, ...part });
  };
  const ask = () => {
    const { address, user, password } = device;
    streams.mutate({ address, user, password }, { onSuccess: (answer) => answer.ok && onNext(answer) });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <div className="grid gap-5">
        <Device device={device} />
        <LoginFields device={device} onChange={change} />
        {streams.data?.ok === false && (
          <ProbeFault fault={streams.data.fault} message={streams.data.message} />
        )}
        {streams.isError && <ProbeFault fault="request" message={faultText(streams.error)} />}
        <p role="status" className="text-muted empty:hidden">
          {streams.isPending && 'Asking the camera which streams it has.'}
        </p>
      </div>
      <DialogButtons>
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
        <Button type="submit" look="primary" busy={streams.isPending}>
          {streams.isPending ? 'Asking…' : 'Show its streams'}
        </Button>
      </DialogButtons>
    </form>
  );
}

function Device({ device }: { device: DeviceDraft }) {
  return (
    <p className="bg-raised flex items-center gap-3 rounded-lg px-4 py-3">
      <Icon name="camera" size={18} />
      <span className="min-w-0">
        <span className="block truncate font-medium">{device.title}</span>
        {device.address !== device.title && (
          <span className="text-muted block truncate text-[13px]">{device.address}</span>
        )}
      </span>
    </p>
  );
}

interface FieldsProps {
  device: DeviceDraft;
  onChange: (part: Partial<DeviceDraft>) => void;
}

function LoginFields({ device, onChange }: FieldsProps) {
  const [shown, setShown] = useState(false);
  return (
    <>
      <TextField
        label="User name of the camera"
        value={device.user}
        onChange={(event) => onChange({ user: event.target.value })}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        maxLength={128}
        hint="As in the camera’s own page. Leave it empty when the camera asks for none."
      />
      <div className="grid gap-2">
        <TextField
          label="Password of the camera"
          type={shown ? 'text' : 'password'}
          value={device.password}
          onChange={(event) => onChange({ password: event.target.value })}
          autoComplete="off"
          maxLength={256}
          hint="Any characters. It stays on this server, and is sent once only when it is wrong, so that the camera locks nobody out."
        />
        <label className="text-muted flex items-center gap-2 text-[13px]">
          <input
            type="checkbox"
            checked={shown}
            onChange={(event) => setShown(event.target.checked)}
            className="accent-accent size-4"
          />
          Show the password
        </label>
      </div>
    </>
  );
}
