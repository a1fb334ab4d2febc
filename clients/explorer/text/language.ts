/** Which language the page speaks: the address says (`?lang=zh`), else the last choice, else the browser. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { en, type Text } from './en.ts';
import { zh } from './zh.ts';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', zh: '中文' };
const TEXTS: Record<Language, Text> = { en, zh };
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

export function showLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  document.documentElement.lang = HTML_LANG[language];
  document.title = TEXTS[language].brand;
}

export const textOf = (language: Language): Text => TEXTS[language];

export const TextContext = createContext<Text>(en);
export const useText = (): Text => useContext(TextContext);
