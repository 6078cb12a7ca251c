/** One camera's addresses and commands for everything that is not this dashboard. */
import { Link } from '@tanstack/react-router';
import { useCamera } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { CopyText } from '../parts/copy-text.tsx';
import { Icon } from '../parts/icons.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTitle } from '../parts/title.ts';
import type { RecipeGroup } from '../parts/ways/recipes.ts';
import { recipesFor } from '../parts/ways/recipes.ts';
import { MissingPage } from './missing-page.tsx';
import { serverUrl } from '../api/base.ts';

export function WaysPage({ id }: { id: string }) {
  const { camera, loading, error } = useCamera(id);
  useTitle(camera ? `${camera.name}: ways to watch` : 'Ways to watch');
  if (!camera) {
    if (loading) return <p className="text-muted py-10">Reading the camera…</p>;
    if (error) return <Notice title="The camera could not be read">{faultText(error)}</Notice>;
    return <MissingPage what="camera" />;
  }
  return (
    <div className="mx-auto max-w-3xl pb-10">
      <div className="flex items-center gap-3 py-3">
        <Link
          to="/cameras/$cameraId"
          params={{ cameraId: camera.id }}
          aria-label={`Back to ${camera.name}`}
          className="text-muted hover:text-text hover:bg-raised -ml-2 inline-grid size-[44px] shrink-0 place-items-center rounded-lg"
        >
          <Icon name="back" size={20} />
        </Link>
        <h1 className="-ml-2 min-w-0 truncate text-[19px] font-semibold tracking-[-0.015em]">
          {camera.name}: ways to watch
        </h1>
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
        {recipesFor(camera, serverUrl).map((group) => (
          <Group key={group.title} group={group} />
        ))}
      </div>
    </div>
  );
}

function Group({ group }: { group: RecipeGroup }) {
  return (
    <section>
      <h2 className="font-semibold">{group.title}</h2>
      <p className="text-muted mb-2">{group.words}</p>
      <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
        {group.recipes.map(({ name, text, hint }) => (
          <li key={name}>
            <CopyText name={name} text={text} hint={hint} />
          </li>
        ))}
      </ul>
    </section>
  );
}
