/** Copies text. Browsers have the clipboard only on https and localhost; elsewhere the old way still works. */
export async function toClipboard(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  // oxlint-disable-next-line typescript/no-deprecated -- the only way without https
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
