/** The addresses of the dashboard. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { BrokenPage } from './pages/broken-page.tsx';
import { CameraPage } from './pages/camera-page.tsx';
import { Frame } from './pages/frame.tsx';
import { GridPage } from './pages/grid-page.tsx';
import { MissingPage } from './pages/missing-page.tsx';
import { WaysPage } from './pages/ways-page.tsx';

const root = createRootRoute({ component: Frame, notFoundComponent: () => <MissingPage /> });

const grid = createRoute({ getParentRoute: () => root, path: '/', component: GridPage });

const camera = createRoute({
  getParentRoute: () => root,
  path: '/cameras/$cameraId',
  /** `at`: what is seen is not live, but this moment (ISO 8601). */
  validateSearch: ({ at }: Record<string, unknown>): { at?: string } =>
    typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { at } : {},
  component: function Page() {
    return <CameraPage id={camera.useParams().cameraId} at={camera.useSearch().at} />;
  },
});

const ways = createRoute({
  getParentRoute: () => root,
  path: '/cameras/$cameraId/watch',
  component: function Page() {
    return <WaysPage id={ways.useParams().cameraId} />;
  },
});

/** Loaded when it is opened. */
const storage = createRoute({
  getParentRoute: () => root,
  path: '/storage',
  component: lazyRouteComponent(() => import('./pages/storage-page.tsx'), 'StoragePage'),
});

export const router = createRouter({
  routeTree: root.addChildren([grid, camera, ways, storage]),
  scrollRestoration: true,
  defaultErrorComponent: BrokenPage,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
