/**
 * Where on its site the dashboard is shown, as the server wrote it into the page: at the root, or under a path of a proxy.
 */

/** '' or like `/cams`. */
export const basePath =
  document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content.replace(/\/+$/, '') ?? '';

/** What addresses of the server begin with. */
export const serverUrl = location.origin + basePath;
