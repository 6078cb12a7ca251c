/** Asks before a camera is removed: it cannot be undone. */
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { useDeleteCamera } from '../../api/cameras.ts';
import { Confirm } from '../confirm.tsx';

interface DeleteProps {
  camera: Camera;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteDialog({ camera, onClose, onDeleted }: DeleteProps) {
  const remove = useDeleteCamera(camera.id);
  const viewers = camera.status.stats.viewers;
  // The news of it may come before the answer, and take this dialogue away: whoever waits here is told all the same.
  const deleteCamera = () => void remove.mutateAsync().then(onDeleted, () => undefined);
  return (
    <Confirm
      title={`Delete “${camera.name}”?`}
      keep="Keep it"
      action="Delete camera"
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={deleteCamera}
    >
      Its address and settings are removed from this server. The camera itself is not touched.
      {viewers > 1 && ` ${viewers} people are watching now.`}
    </Confirm>
  );
}
