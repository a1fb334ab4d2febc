/** Name, language and theme. */
import { useState } from 'preact/hooks';
import { LANGUAGE_NAMES, LANGUAGES, type Language, useText } from '../text/language.ts';
import { keptTheme, nextTheme, showTheme } from '../theme.ts';
import { focusChapter } from './section.tsx';

interface TopBarProps {
  readonly language: Language;
  readonly onLanguage: (language: Language) => void;
}

export function TopBar({ language, onLanguage }: TopBarProps) {
  const text = useText();
  const [theme, setTheme] = useState(keptTheme);
  const turn = (): void => {
    const next = nextTheme(theme);
    showTheme(next);
    setTheme(next);
  };
  return (
    <header class="top-bar">
      <button type="button" class="skip" onClick={() => focusChapter('data')}>
        {text.skip}
      </button>
      <span class="brand">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <rect width="16" height="16" rx="4" />
          <path d="M4.5 4v8M11.5 4v8M4.5 8h7" />
        </svg>
        {text.brand}
      </span>
      <fieldset class="switch">
        <legend class="unseen">{text.language}</legend>
        {LANGUAGES.map((one) => (
          <label key={one}>
            <input type="radio" name="language" checked={one === language} onChange={() => onLanguage(one)} />
            <span lang={one}>{LANGUAGE_NAMES[one]}</span>
          </label>
        ))}
      </fieldset>
      <button type="button" class="plain" onClick={turn}>
        {text.theme(theme)}
      </button>
    </header>
  );
}
