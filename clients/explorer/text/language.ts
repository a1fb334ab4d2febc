/** Which language the page speaks: the address says (`?lang=zh`), else the last choice, else the browser. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Text } from './en.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', zh: '中文' };
const HTML_LANG: Record<Language, string> = { en: 'en', zh: 'zh-CN' };
const KEY = 'hai-language';

/** Pure: the first of the wishes that is a language of the page; English otherwise. Only primary subtags count. */
export function languageFor(wishes: readonly (string | null)[]): Language {
  for (const wish of wishes) {
    const primary = wish?.toLowerCase().split('-')[0];
    const found = LANGUAGES.find((language) => language === primary);
    if (found) return found;
  }
  return 'en';
}

export function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang');
  return languageFor([asked, localStorage.getItem(KEY), ...navigator.languages]);
}

/** A visitor loads the language that is read, not both. */
export async function loadText(language: Language): Promise<Text> {
  return language === 'zh' ? (await import('./zh.ts')).zh : (await import('./en.ts')).en;
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
}

/** Tells the browser (and a screen reader's voice) which language the page is in. */
export function declareLanguage(language: Language, text: Text): void {
  document.documentElement.lang = HTML_LANG[language];
  document.title = text.brand;
}

export const TextContext = createContext<Text | undefined>(undefined);

export function useText(): Text {
  const text = useContext(TextContext);
  if (!text) throw new Error('a part outside of the page that gives it its text');
  return text;
}
