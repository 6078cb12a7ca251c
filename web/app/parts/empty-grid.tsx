/** No cameras yet: two ways to get one; or for who may not add any, whom to ask. */
import { useCreateCamera } from '../api/cameras.ts';
import type { NewCamera } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { useMay } from '../api/session.ts';
import { useAddCamera } from './add/add-context.ts';
import { Button } from './button.tsx';
import { FormError } from './field.tsx';

/** Needs no hardware. */
export const demoCamera: NewCamera = {
  name: 'Demo camera',
  source: { kind: 'demo' },
  start: 'on-demand',
  recording: { mode: 'off' },
};

export function EmptyGrid() {
  return useMay('system:write') ? <FirstCamera /> : <NothingShared />;
}

function NothingShared() {
  return (
    <div className="mx-auto grid max-w-lg justify-items-center pt-[14vh] text-center">
      <Sight />
      <h1 className="mt-7 text-[24px] font-semibold tracking-[-0.02em]">No camera is shared with you yet</h1>
      <p className="text-muted mt-2 text-[15px] text-balance">
        An administrator decides which cameras you see. They appear here by themselves.
      </p>
    </div>
  );
}

function FirstCamera() {
  const add = useAddCamera();
  const create = useCreateCamera();
  const demo = () => create.mutate(demoCamera);
  return (
    <div className="mx-auto grid max-w-lg justify-items-center pt-[14vh] text-center">
      <Sight />
      <h1 className="mt-7 text-[24px] font-semibold tracking-[-0.02em]">Add your first camera</h1>
      <p className="text-muted mt-2 text-[15px] text-balance">
        Paste the RTSP address of any camera and watch it here within a second. No camera at hand? The demo
        camera needs no hardware.
      </p>
      <div className="mt-7 flex flex-wrap justify-center gap-3">
        <Button look="primary" icon="plus" onClick={() => add('rtsp')} className="min-h-[44px] px-5">
          Add camera
        </Button>
        <Button icon="demo" onClick={demo} busy={create.isPending} className="min-h-[44px] px-5">
          Start the demo camera
        </Button>
      </div>
      <Button look="quiet" onClick={() => add('import')} className="mt-3">
        Import from Frigate, go2rtc or MediaMTX
      </Button>
      {create.isError && (
        <div className="mt-5 w-full text-left">
          <FormError>{faultText(create.error)}</FormError>
        </div>
      )}
    </div>
  );
}

/** Our mark, large and quiet: a lens on its line of sight. */
function Sight() {
  return (
    <svg viewBox="0 0 320 120" fill="none" aria-hidden="true" className="text-accent w-72">
      <path
        d="M0 60h112M208 60h112"
        stroke="currentColor"
        strokeOpacity="0.35"
        strokeWidth="1.5"
        strokeDasharray="3 6"
      />
      <circle cx="160" cy="60" r="56" stroke="currentColor" strokeOpacity="0.16" strokeWidth="1.5" />
      <circle cx="160" cy="60" r="38" stroke="currentColor" strokeOpacity="0.4" strokeWidth="1.5" />
      <circle cx="160" cy="60" r="20" stroke="currentColor" strokeWidth="2.5" />
      <circle cx="160" cy="60" r="5" fill="currentColor" />
      <path d="M112 60h18M190 60h18" stroke="currentColor" strokeWidth="2.5" strokeLinecap="round" />
    </svg>
  );
}
