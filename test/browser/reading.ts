/** What makes a page hard to read or to operate, measured in the page: contrast (WCAG 2.2, 1.4.3) and missing names (4.1.2). */
import type { Page } from 'playwright-core';

const CONTRAST_MIN = 4.5;

/** Texts whose contrast with what lies behind them is too low, each with its ratio. Disabled controls are exempt by the norm. */
export function lowContrast(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    type Colour = [red: number, green: number, blue: number, alpha: number];
    const colourOf = (text: string): Colour => {
      const numbers = (text.match(/[\d.]+/g) ?? []).map(Number);
      const scale = text.startsWith('color(') ? 255 : 1;
      const [red = 0, green = 0, blue = 0, alpha = 1] = numbers;
      return [red * scale, green * scale, blue * scale, alpha];
    };
    const over = (top: Colour, below: Colour): Colour => {
      const mixed = (i: 0 | 1 | 2): number => top[i] * top[3] + below[i] * (1 - top[3]);
      return [mixed(0), mixed(1), mixed(2), 1];
    };
    const backgroundOf = (element: Element | null): Colour => {
      if (!element) return [255, 255, 255, 1];
      const own = colourOf(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, backgroundOf(element.parentElement));
    };
    const luminance = ([red, green, blue]: Colour): number => {
      const linear = (value: number): number => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (!element || text === '' || element.closest('button:disabled, .unseen, script')) continue;
      const background = backgroundOf(element);
      const ink = over(colourOf(getComputedStyle(element).color), background);
      const [light, dark] = [luminance(ink), luminance(background)].sort((a, b) => b - a) as [number, number];
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < least) found.push(`${ratio.toFixed(2)}: ${text.slice(0, 40)}`);
    }
    return found;
  }, CONTRAST_MIN);
}

/** Controls, pictures and chapters that a screen reader could not name, by their mark-up. */
export function nameless(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const named = (element: Element): boolean => {
      const label = element.getAttribute('aria-label');
      const by = element.getAttribute('aria-labelledby');
      const byText = by === null ? '' : (document.getElementById(by)?.textContent ?? '');
      const labels = (element as HTMLInputElement).labels ?? [];
      const labelText = [...labels].map((one) => one.textContent).join('');
      const own = element instanceof HTMLInputElement ? '' : (element.textContent ?? '');
      return [label, byText, labelText, own].some((text) => (text ?? '').trim() !== '');
    };
    const parts = document.querySelectorAll('button, a, input, section, aside, progress, canvas, [role=img]');
    return [...parts].filter((part) => !named(part)).map((part) => part.outerHTML.slice(0, 80));
  });
}
