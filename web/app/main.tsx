/** Starts the dashboard: cache, routes. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { onSignedOut } from './api/http.ts';
import { sessionQuery } from './api/session.ts';
import { router } from './router.tsx';
import './styles.css';

const client = new QueryClient({
  defaultOptions: { queries: { refetchOnWindowFocus: false, retry: 2, retryDelay: 1000 } },
});
onSignedOut(() => void client.invalidateQueries({ queryKey: sessionQuery.queryKey }));

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
