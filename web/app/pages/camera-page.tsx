/** One camera: its picture, large, and everything known about it. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import { useCamera } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { Button } from '../parts/button.tsx';
import { DeleteDialog } from '../parts/camera/delete-dialog.tsx';
import { CameraDetails } from '../parts/camera/details.tsx';
import { EditDialog } from '../parts/camera/edit-dialog.tsx';
import { RateChart } from '../parts/camera/rate-chart.tsx';
import { Icon } from '../parts/icons.tsx';
import { useKeys } from '../parts/keys.ts';
import { Notice } from '../parts/notice.tsx';
import { StateChip } from '../parts/state-chip.tsx';
import { useTitle } from '../parts/title.ts';
import { useReconnect } from '../parts/use-reconnect.ts';
import { MissingPage } from './missing-page.tsx';

export function CameraPage({ id }: { id: string }) {
  const { camera, loading, error } = useCamera(id);
  if (camera) return <Known camera={camera} />;
  if (loading) return <p className="text-muted py-10">Reading the camera…</p>;
  if (error) return <Notice title="The camera could not be read">{faultText(error)}</Notice>;
  return <MissingPage what="camera" />;
}

function Known({ camera }: { camera: Camera }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<'edit' | 'delete'>();
  const close = () => setOpen(undefined);
  const home = () => void navigate({ to: '/' });
  useTitle(camera.name);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3">
        <Link
          to="/"
          aria-label="All cameras"
          className="text-muted hover:text-text hover:bg-raised -ml-2 inline-grid size-[44px] shrink-0 place-items-center rounded-lg"
        >
          <Icon name="back" size={20} />
        </Link>
        <h1 className="-ml-2 min-w-0 truncate max-sm:max-w-[52vw] text-[19px] font-semibold tracking-[-0.015em]">
          {camera.name}
        </h1>
        <StateChip status={camera.status} />
        <span className="grow" />
        <Button icon="edit" aria-label="Edit" onClick={() => setOpen('edit')}>
          <span className="max-sm:hidden">Edit</span>
        </Button>
        <Button look="quiet" icon="bin" aria-label="Delete" onClick={() => setOpen('delete')}>
          <span className="max-sm:hidden">Delete</span>
        </Button>
      </div>
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="grid min-w-0 gap-5">
          <Picture camera={camera} onBack={home} />
          <RateChart cameraId={camera.id} />
        </div>
        <CameraDetails camera={camera} />
      </div>
      {open === 'edit' && <EditDialog camera={camera} onClose={close} />}
      {open === 'delete' && <DeleteDialog camera={camera} onClose={close} onDeleted={home} />}
    </>
  );
}

function Picture({ camera, onBack }: { camera: Camera; onBack: () => void }) {
  const player = useReconnect(camera);
  useKeys({
    f: () => void player.current?.toggleFullScreen(),
    m: () => player.current?.toggleSound(),
    ' ': () => {
      const idle = player.current?.state.kind === 'idle';
      if (idle) player.current?.play();
      else player.current?.pause();
    },
    // In full screen the browser takes Escape for itself.
    Escape: onBack,
  });
  if (!camera.enabled) {
    return (
      <div className="bg-surface border-line text-muted grid aspect-video place-items-center content-center gap-2 rounded-xl border">
        <Icon name="camera" size={32} />
        This camera is switched off. Edit it to switch it on.
      </div>
    );
  }
  return (
    <div className="border-line bg-surface -mx-4 overflow-hidden sm:mx-0 sm:rounded-xl sm:border">
      <sightline-player ref={player} camera={camera.id} label={camera.name} muted controls fit="contain" />
    </div>
  );
}
