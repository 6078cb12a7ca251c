/**
 * Where on its site this server is shown: at the root, or under a path that a proxy gives it. Whether the proxy takes
 * that path away or leaves it: routes see addresses without it, and answers hold addresses with it.
 */

/** For Fastify's `rewriteUrl`. @param basePath '' or like `/cams` */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}
