/** Small helpers for the shadow tree. */

/** An element that pages can style by this name. */
export function part(name: 'div', className: string): HTMLDivElement {
  const element = document.createElement(name);
  element.className = className;
  element.setAttribute('part', className);
  return element;
}

/** Only when it is another text: this is called often. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
