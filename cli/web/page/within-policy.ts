/**
 * xterm.js writes style elements and style attributes as it goes, which the page's policy (../headers.ts) refuses to anybody. Its elements get
 * the nonce of this page, and style attributes are set through the style object, which the policy leaves to scripts.
 */
export function keepStylesWithinPolicy(): void {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';
  const createElement = document.createElement.bind(document);
  document.createElement = ((tag: string, options?: ElementCreationOptions): HTMLElement => {
    const element = createElement(tag, options);
    if (tag === 'style') element.nonce = nonce;
    return element;
  }) as Document['createElement'];
  const { setAttribute } = Element.prototype;
  HTMLElement.prototype.setAttribute = function (this: HTMLElement, name: string, value: string): void {
    if (name === 'style') this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}
