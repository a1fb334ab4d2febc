/** Starts the page. `?digest` shows what this machine's kernels give, `?story=` one of two stories, `?lang=` the language, `#genesis=` pins the network. */
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { App } from './app.tsx';
import { Later } from './parts/later.tsx';
import { TopBar } from './parts/top-bar.tsx';
import { pinnedGenesis } from './pin.ts';
import { createReader } from './reader.ts';
import { storyNamed } from './story-name.ts';
import type { Text } from './text/en.ts';
import { declareLanguage, firstLanguage, keepLanguage, type Language, loadText, TextContext } from './text/language.ts';
import { keptTheme, showTheme } from './theme.ts';

const query = new URLSearchParams(location.search);
const isDigest = query.has('digest');
const storyName = storyNamed(query.get('story'));
const pin = pinnedGenesis(location.hash);
const reader = createReader(pin);

const loadDigest = () => import('./parts/digest-view.tsx').then(({ DigestView }) => DigestView);

type Spoken = { readonly language: Language; readonly text: Text };

async function speak(language: Language): Promise<Spoken> {
  const text = await loadText(language);
  declareLanguage(language, text);
  return { language, text };
}

function Page({ first }: { readonly first: Spoken }) {
  const [{ language, text }, setSpoken] = useState(first);
  const change = async (next: Language): Promise<void> => {
    keepLanguage(next);
    setSpoken(await speak(next));
  };
  return (
    <TextContext.Provider value={text}>
      <TopBar language={language} onLanguage={change} />
      {isDigest ? (
        <Later load={loadDigest} />
      ) : (
        <App reader={reader} isPinned={pin !== undefined} storyName={storyName} />
      )}
    </TextContext.Provider>
  );
}

showTheme(keptTheme());
const first = await speak(firstLanguage());
const place = document.getElementById('page');
if (!place) throw new Error('page.html has no #page');
place.replaceChildren();
render(<Page first={first} />, place);
