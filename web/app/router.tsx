/** The addresses of the dashboard. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { BrokenPage } from './pages/broken-page.tsx';
import { CameraPage } from './pages/camera-page.tsx';
import { Frame } from './pages/frame.tsx';
import { Gate } from './pages/gate.tsx';
import { GridPage } from './pages/grid-page.tsx';
import { MissingPage } from './pages/missing-page.tsx';
import { WaysPage } from './pages/ways-page.tsx';
import { basePath } from './api/base.ts';

const root = createRootRoute({ component: Gate, notFoundComponent: () => <MissingPage /> });

/** Every page of somebody who is signed in. */
const frame = createRoute({ getParentRoute: () => root, id: 'frame', component: Frame });

/** For addresses that lead nowhere. */
const missing = createRoute({ getParentRoute: () => frame, path: '$', component: () => <MissingPage /> });

interface SignInSearch {
  to?: string;
  ended?: true;
  fault?: string;
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  /**
   * `to`: where somebody wanted to go; `ended`: they were signed in a moment ago; `fault`: why signing in elsewhere did
   * not work.
   */
  validateSearch: ({ to, ended, fault }: Record<string, unknown>): SignInSearch => ({
    ...(typeof to === 'string' && { to }),
    ...(ended === true && { ended }),
    ...(typeof fault === 'string' && { fault }),
  }),
  component: lazyRouteComponent(() => import('./pages/sign-in-page.tsx'), 'SignInPage'),
});

const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: ({ token }: Record<string, unknown>): { token?: string } =>
    typeof token === 'string' ? { token } : {},
  component: lazyRouteComponent(() => import('./pages/setup-page.tsx'), 'SetupPage'),
});

/** A share link: for people without an account. */
const shared = createRoute({
  getParentRoute: () => root,
  path: '/s/$secret',
  component: lazyRouteComponent(() => import('./pages/shared-page.tsx'), 'SharedPage'),
});

const grid = createRoute({ getParentRoute: () => frame, path: '/', component: GridPage });

const camera = createRoute({
  getParentRoute: () => frame,
  path: '/cameras/$cameraId',
  /** `at`: what is seen is not live, but this moment (ISO 8601). */
  validateSearch: ({ at }: Record<string, unknown>): { at?: string } =>
    typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? { at } : {},
  component: function Page() {
    return <CameraPage id={camera.useParams().cameraId} at={camera.useSearch().at} />;
  },
});

const ways = createRoute({
  getParentRoute: () => frame,
  path: '/cameras/$cameraId/watch',
  component: function Page() {
    return <WaysPage id={ways.useParams().cameraId} />;
  },
});

/** Loaded when they are opened, from here on. */
const account = createRoute({
  getParentRoute: () => frame,
  path: '/account',
  /** `fault`: why linking did not work. */
  validateSearch: ({ fault }: Record<string, unknown>): { fault?: string } =>
    typeof fault === 'string' ? { fault } : {},
  component: lazyRouteComponent(() => import('./pages/account-page.tsx'), 'AccountPage'),
});

const people = createRoute({
  getParentRoute: () => frame,
  path: '/people',
  validateSearch: ({ tab }: Record<string, unknown>): { tab?: string } =>
    typeof tab === 'string' ? { tab } : {},
  component: lazyRouteComponent(() => import('./pages/people-page.tsx'), 'PeoplePage'),
});

const audit = createRoute({
  getParentRoute: () => frame,
  path: '/audit',
  component: lazyRouteComponent(() => import('./pages/audit-page.tsx'), 'AuditPage'),
});

const storage = createRoute({
  getParentRoute: () => frame,
  path: '/storage',
  component: lazyRouteComponent(() => import('./pages/storage-page.tsx'), 'StoragePage'),
});

const system = createRoute({
  getParentRoute: () => frame,
  path: '/system',
  component: lazyRouteComponent(() => import('./pages/system-page.tsx'), 'SystemPage'),
});

const events = createRoute({
  getParentRoute: () => frame,
  path: '/events',
  /** `camera` and `kind`: only those; `day` like `2026-11-21`. */
  validateSearch: (search: Record<string, unknown>): { camera?: string; kind?: string; day?: string } =>
    Object.fromEntries(
      ['camera', 'kind', 'day'].flatMap((name) =>
        typeof search[name] === 'string' ? [[name, search[name]]] : [],
      ),
    ),
  component: lazyRouteComponent(() => import('./pages/events-page.tsx'), 'EventsPage'),
});

const settings = createRoute({
  getParentRoute: () => frame,
  path: '/settings',
  /** `camera`: those of one camera, instead of the server. */
  validateSearch: ({ camera: id }: Record<string, unknown>): { camera?: string } =>
    typeof id === 'string' ? { camera: id } : {},
  component: lazyRouteComponent(() => import('./pages/settings-page.tsx'), 'SettingsPage'),
});

const views = createRoute({
  getParentRoute: () => frame,
  path: '/views',
  component: lazyRouteComponent(() => import('./pages/views-page.tsx'), 'ViewsPage'),
});

const ViewPage = lazyRouteComponent(() => import('./pages/view-page.tsx'), 'ViewPage');

const view = createRoute({
  getParentRoute: () => frame,
  path: '/views/$viewId',
  /** `at` as above; `edit`: it is arranged. */
  validateSearch: ({ at, edit }: Record<string, unknown>): { at?: string; edit?: true } => ({
    ...(typeof at === 'string' && !Number.isNaN(Date.parse(at)) && { at }),
    ...(edit === true && { edit }),
  }),
  component: function Page() {
    const { at, edit = false } = view.useSearch();
    return <ViewPage id={view.useParams().viewId} at={at} editing={edit} />;
  },
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setUp,
    shared,
    frame.addChildren([
      grid,
      camera,
      ways,
      events,
      storage,
      system,
      settings,
      views,
      view,
      people,
      audit,
      account,
      missing,
    ]),
  ]),
  basepath: basePath === '' ? '/' : basePath,
  scrollRestoration: true,
  defaultErrorComponent: BrokenPage,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
