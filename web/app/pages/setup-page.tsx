/** The first steps of a new server: an account, room for footage, other devices, a camera. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useSession } from '../api/session.ts';
import { DoorPage } from '../parts/session/door-page.tsx';
import { AdminStep } from '../parts/setup/admin-step.tsx';
import { CameraStep } from '../parts/setup/camera-step.tsx';
import { NetworkStep } from '../parts/setup/network-step.tsx';
import { StorageStep } from '../parts/setup/storage-step.tsx';

type Step = 'account' | 'storage' | 'network' | 'camera';

const steps: readonly Step[] = ['account', 'storage', 'network', 'camera'];

const titles: Record<Step, readonly [title: string, words: string]> = {
  account: [
    'Welcome. Make your account.',
    'It may do everything here. Accounts for others, who may see some of the cameras only, come later.',
  ],
  storage: ['Where footage will lie', 'A small file was written, made safe and read back.'],
  network: ['Watch from other devices', 'Phones, tablets and other computers, encrypted.'],
  camera: ['Add your first camera', 'All you need is its address. No camera at hand? The demo needs none.'],
};

export function SetupPage() {
  const { token } = useSearch({ from: '/setup' });
  const navigate = useNavigate();
  const isIn = useSession()?.who !== null;
  const [reached, setReached] = useState<Exclude<Step, 'account'>>('storage');
  const step = isIn ? reached : 'account';
  const content: Record<Step, ReactNode> = {
    account: <AdminStep token={token} />,
    storage: <StorageStep onNext={() => setReached('network')} />,
    network: <NetworkStep onNext={() => setReached('camera')} />,
    camera: <CameraStep onDone={() => void navigate({ to: '/' })} />,
  };
  const [title, words] = titles[step];
  return (
    <DoorPage wide title={title} words={words}>
      <Progress step={step} />
      {content[step]}
    </DoorPage>
  );
}

function Progress({ step }: { step: Step }) {
  const at = steps.indexOf(step);
  return (
    <div role="img" aria-label={`Step ${at + 1} of ${steps.length}`} className="mb-7 flex gap-1.5">
      {steps.map((one, place) => (
        <i key={one} className={`h-1 grow rounded-full ${place <= at ? 'bg-accent' : 'bg-line'}`} />
      ))}
    </div>
  );
}
