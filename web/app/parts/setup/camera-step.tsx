/** Last step: something to see. */
import { useState } from 'react';
import { useCreateCamera } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { AddDialog } from '../add/add-dialog.tsx';
import { Button } from '../button.tsx';
import { demoCamera } from '../empty-grid.tsx';
import { FormError } from '../field.tsx';

/** @param onDone there is a camera, or none is wanted yet */
export function CameraStep({ onDone }: { onDone: () => void }) {
  const [adding, setAdding] = useState(false);
  const create = useCreateCamera();
  return (
    <div className="grid gap-3">
      <Button look="primary" icon="plus" className="min-h-[44px]" onClick={() => setAdding(true)}>
        Add a camera
      </Button>
      <Button
        icon="demo"
        className="min-h-[44px]"
        busy={create.isPending}
        onClick={() => create.mutate(demoCamera, { onSuccess: onDone })}
      >
        Start the demo camera
      </Button>
      <Button look="quiet" className="min-h-[44px]" onClick={onDone}>
        Later
      </Button>
      {create.isError && <FormError>{faultText(create.error)}</FormError>}
      {adding && <AddDialog start="rtsp" onClose={() => setAdding(false)} onAdded={onDone} />}
    </div>
  );
}
