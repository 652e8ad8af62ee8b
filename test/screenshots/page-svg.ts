/**
 * What a page shows, as SVG: boxes, borders and text where the browser has put them. Text stays text, and the picture is a text file. The function
 * runs inside the page (playwright's evaluate) and so takes nothing from outside. It draws what our own pages have: no images, no canvas, no shadows.
 */

export function drawPage(): string {
  /** Half-open, in CSS pixels. */
  interface Box {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  }

  const parts: string[] = [];
  const styles = new Map<string, string>();
  let clips = 0;
  const measure = document.createElement('canvas').getContext('2d')!;
  const whole: Box = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };

  const number = (value: number): string => String(Math.round(value * 100) / 100);
  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const isSeen = (colour: string): boolean => !/^transparent$|^rgba\(.*, 0\)$|\/ 0\)$/.test(colour);
  const boxOf = ({ left, top, right, bottom }: DOMRect): Box => ({ left, top, right, bottom });
  const meet = (a: Box, b: Box): Box => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
  const isEmpty = ({ left, top, right, bottom }: Box): boolean => right - left < 0.5 || bottom - top < 0.5;
  const isWithin = (a: Box, b: Box): boolean =>
    a.left >= b.left - 1 && a.top >= b.top - 1 && a.right <= b.right + 1 && a.bottom <= b.bottom + 1;

  const fontOf = ({ fontStyle, fontWeight, fontSize, fontFamily }: CSSStyleDeclaration): string =>
    `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;

  /** Kept once, as a class. */
  const classOf = (style: string): string => {
    const name = styles.get(style) ?? `s${styles.size}`;
    styles.set(style, name);
    return name;
  };

  const rectangle = ({ left, top, right, bottom }: Box, rest: string): string =>
    `<rect x="${number(left)}" y="${number(top)}" width="${number(right - left)}" height="${number(bottom - top)}" ${rest}/>`;

  /** Pseudo-elements have no place that could be asked for: real ones take theirs. */
  function makePseudoReal(element: Element): void {
    for (const which of ['::before', '::after'] as const) {
      const style = getComputedStyle(element, which);
      if (style.content === 'none' || style.content === 'normal') continue;
      const made = document.createElement('span');
      for (const name of style) made.style.setProperty(name, style.getPropertyValue(name));
      if (which === '::before') element.prepend(made);
      else element.append(made);
    }
  }

  function drawBox(style: CSSStyleDeclaration, box: Box): void {
    const radius = Math.min(Number.parseFloat(style.borderTopLeftRadius) || 0, (box.bottom - box.top) / 2);
    const round = radius === 0 ? '' : ` rx="${number(radius)}"`;
    if (isSeen(style.backgroundColor)) parts.push(rectangle(box, `fill="${style.backgroundColor}"${round}`));
    const gradient = /^linear-gradient\(to right, (rgba?\([^)]*\)) ([\d.]+)%, (rgba?\([^)]*\))/.exec(
      style.backgroundImage,
    );
    if (gradient !== null) {
      const middle = box.left + ((box.right - box.left) * Number(gradient[2])) / 100;
      parts.push(rectangle(box, `fill="${gradient[3]}"${round}`));
      parts.push(rectangle({ ...box, right: middle }, `fill="${gradient[1]}"${round}`));
    }
    drawBorder(style, box, round);
    const outline = style.outlineStyle === 'solid' ? Number.parseFloat(style.outlineWidth) : 0;
    if (outline > 0) {
      const grown = Number.parseFloat(style.outlineOffset) + outline / 2;
      const around = {
        left: box.left - grown,
        top: box.top - grown,
        right: box.right + grown,
        bottom: box.bottom + grown,
      };
      parts.push(rectangle(around, `fill="none" stroke="${style.outlineColor}" stroke-width="${outline}"`));
    }
    const shadow = /^(rgba?\([^)]*\)) 0px (-?\d+)px 0px 0px inset$/.exec(style.boxShadow);
    if (shadow === null) return;
    const line = Number(shadow[2]) < 0 ? { ...box, top: box.bottom - 1 } : { ...box, bottom: box.top + 1 };
    parts.push(rectangle(line, `fill="${shadow[1]}"`));
  }

  /** Of a small mark that is turned about its middle, as chevrons are. */
  function drawTurned(element: Element, style: CSSStyleDeclaration, { left, top, right, bottom }: Box): void {
    if (!(element instanceof HTMLElement) || element.offsetWidth > 20) return;
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const [halfWidth, halfHeight] = [element.offsetWidth / 2, element.offsetHeight / 2];
    parts.push(`<g transform="translate(${number(x)} ${number(y)}) ${style.transform}">`);
    drawBox(style, { left: -halfWidth, top: -halfHeight, right: halfWidth, bottom: halfHeight });
    parts.push('</g>');
  }

  function drawBorder(style: CSSStyleDeclaration, box: Box, round: string): void {
    const sides = (['Top', 'Right', 'Bottom', 'Left'] as const).map((side) => ({
      width: style[`border${side}Style`] === 'none' ? 0 : Number.parseFloat(style[`border${side}Width`]),
      colour: style[`border${side}Color`],
    }));
    const [top, right, bottom, left] = sides as [Side, Side, Side, Side];
    interface Side {
      readonly width: number;
      readonly colour: string;
    }
    if (sides.every(({ width, colour }) => width > 0 && width === top.width && colour === top.colour)) {
      const half = top.width / 2;
      const middle = {
        left: box.left + half,
        top: box.top + half,
        right: box.right - half,
        bottom: box.bottom - half,
      };
      if (isSeen(top.colour))
        parts.push(rectangle(middle, `fill="none" stroke="${top.colour}" stroke-width="${top.width}"${round}`));
      return;
    }
    const drawn: [Side, Box][] = [
      [top, { ...box, bottom: box.top + top.width }],
      [right, { ...box, left: box.right - right.width }],
      [bottom, { ...box, top: box.bottom - bottom.width }],
      [left, { ...box, right: box.left + left.width }],
    ];
    for (const [{ width, colour }, edge] of drawn)
      if (width > 0 && isSeen(colour)) parts.push(rectangle(edge, `fill="${colour}"`));
  }

  function drawText(text: string, box: Box, style: CSSStyleDeclaration): void {
    const shown = text.trimEnd();
    if (shown.trim() === '') return;
    measure.font = fontOf(style);
    const { fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = measure.measureText('x');
    const baseline = (box.top + box.bottom) / 2 + (ascent - descent) / 2;
    const width = ((box.right - box.left) * measure.measureText(shown).width) / (measure.measureText(text).width || 1);
    const weight = Number(style.fontWeight) >= 500 ? ` ${style.fontWeight}` : '';
    const family = style.fontFamily.includes('mono') ? 'ui-monospace,monospace' : 'ui-sans-serif,system-ui,sans-serif';
    const look = classOf(`font:${weight} ${style.fontSize} ${family};fill:${style.color}`);
    const place = `x="${number(box.left)}" y="${number(baseline)}" textLength="${number(width)}"`;
    parts.push(`<text class="${look}" ${place} lengthAdjust="spacingAndGlyphs">${escaped(shown)}</text>`);
  }

  /** A text node by its lines; what an ellipsis stands for is left out. */
  function drawTextNode(node: Text, style: CSSStyleDeclaration, clip: Box): void {
    const parent = node.parentElement!;
    const isCut = style.textOverflow === 'ellipsis' && parent.scrollWidth > parent.clientWidth;
    const right = isCut ? parent.getBoundingClientRect().right - Number.parseFloat(style.paddingRight) - 10 : Infinity;
    const range = document.createRange();
    let line: { text: string; box: Box } | undefined;
    const end = (): void => {
      if (line !== undefined && !isEmpty(meet(line.box, clip))) drawText(line.text, line.box, style);
      line = undefined;
    };
    for (let at = 0; at < node.data.length; at++) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const rect = range.getClientRects()[0];
      if (rect === undefined || rect.width === 0) continue;
      const box = boxOf(rect);
      if (box.right > right) {
        if (line !== undefined) line = { text: `${line.text}…`, box: { ...line.box, right: line.box.right + 8 } };
        break;
      }
      if (line !== undefined && Math.abs(line.box.top - box.top) > 2) end();
      line = {
        text: (line?.text ?? '') + node.data[at]!.replace(/\s/, ' '),
        box: { left: line?.box.left ?? box.left, top: box.top, right: box.right, bottom: box.bottom },
      };
    }
    end();
  }

  function drawControl(element: HTMLInputElement | HTMLSelectElement, style: CSSStyleDeclaration, box: Box): void {
    const isSelect = element instanceof HTMLSelectElement;
    const text = isSelect ? (element.selectedOptions[0]?.text ?? '') : element.value || element.placeholder;
    measure.font = fontOf(style);
    const left = box.left + Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.borderLeftWidth);
    const { width } = measure.measureText(text);
    drawText(text, { ...box, left, right: left + width }, style);
    if (!isSelect) return;
    const [x, y] = [number(box.right - 17), number((box.top + box.bottom) / 2 - 2)];
    parts.push(`<path d="M${x} ${y}l4 4l4-4" fill="none" stroke="${style.color}" stroke-width="1.5"/>`);
  }

  /** As it stands in the page, its looks written into it. */
  function drawSvg(element: SVGSVGElement, box: Box): void {
    const copy = element.cloneNode(true) as SVGSVGElement;
    const originals = element.querySelectorAll('*');
    copy.querySelectorAll('*').forEach((each, index) => {
      const style = getComputedStyle(originals[index]!);
      const looks = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-linecap', 'stroke-linejoin'];
      if (each.localName === 'text') looks.push('font-size', 'font-weight', 'text-anchor');
      for (const name of looks) each.setAttribute(name, style.getPropertyValue(name));
      if (each.localName === 'text') each.setAttribute('font-family', 'ui-sans-serif,system-ui,sans-serif');
      for (const name of ['class', 'style', 'tabindex', 'role', 'aria-label']) each.removeAttribute(name);
      if (each.localName === 'title') each.remove();
    });
    for (const name of ['class', 'style', 'role', 'aria-label', 'aria-hidden']) copy.removeAttribute(name);
    const rect = element.getBoundingClientRect();
    const place = { x: rect.left, y: rect.top, width: rect.width, height: rect.height };
    for (const [name, value] of Object.entries(place)) copy.setAttribute(name, number(value));
    copy.setAttribute('color', getComputedStyle(element).color);
    if (!isEmpty(box))
      parts.push(new XMLSerializer().serializeToString(copy).replaceAll(' xmlns="http://www.w3.org/2000/svg"', ''));
  }

  function visit(element: Element, outer: Box): void {
    const style = getComputedStyle(element);
    if (style.display === 'none' || Number(style.opacity) === 0) return;
    const box = boxOf(element.getBoundingClientRect());
    const inFlow = style.display !== 'contents';
    const isHidden = style.visibility === 'hidden';
    const seen = meet(box, outer);
    if (element instanceof SVGSVGElement) {
      if (!isHidden) clipped(outer, box, () => drawSvg(element, seen));
      return;
    }
    if (inFlow && !isHidden && !isEmpty(seen)) {
      if (style.transform === 'none') drawBox(style, isWithin(box, outer) ? box : seen);
      else drawTurned(element, style, box);
    }
    if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) {
      if (!isHidden && !isEmpty(seen)) drawControl(element, style, box);
      return;
    }
    const isClipping = inFlow && style.overflow !== 'visible' && style.display !== 'inline';
    const inner = isClipping ? seen : outer;
    if (isClipping && isEmpty(inner)) return;
    const content = element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1;
    const draw = (): void => {
      for (const child of element.childNodes) {
        if (child instanceof Element) visit(child, inner);
        else if (child instanceof Text && !isHidden && isSeen(style.color)) drawTextNode(child, style, inner);
      }
    };
    if (isClipping && content) clipped(inner, { ...whole, right: Infinity }, draw);
    else draw();
  }

  /** Cut at `limit`, when `box` reaches beyond it. */
  function clipped(limit: Box, box: Box, draw: () => void): void {
    if (isWithin(box, limit)) {
      draw();
      return;
    }
    const name = `c${clips++}`;
    parts.push(`<clipPath id="${name}">${rectangle(limit, '')}</clipPath><g clip-path="url(#${name})">`);
    draw();
    parts.push('</g>');
  }

  for (const element of [...document.body.querySelectorAll('*')]) makePseudoReal(element);
  const sheet = document.styleSheets[0]!;
  sheet.insertRule('*::before, *::after { content: none !important }', sheet.cssRules.length);
  const ground = getComputedStyle(document.body).backgroundColor;
  visit(document.body, whole);
  const looks = [...styles].map(([style, name]) => `.${name}{${style}}`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${innerWidth} ${innerHeight}" width="${innerWidth}" height="${innerHeight}" role="img" aria-label="${escaped(document.title)}">
<style>text{white-space:pre}${looks}</style>
<clipPath id="frame"><rect width="${innerWidth}" height="${innerHeight}" rx="9"/></clipPath>
<g clip-path="url(#frame)">
<rect width="100%" height="100%" fill="${ground}"/>
${parts.join('\n')}
</g>
<rect x=".5" y=".5" width="${innerWidth - 1}" height="${innerHeight - 1}" rx="8.5" fill="none" stroke="#8888" />
</svg>
`;
}
