/** Starts the page. `?digest` shows what this machine's kernels give, `?lang=` the language, `#genesis=` pins the network. */
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { createClient } from '../sdk/client.ts';
import { App } from './app.tsx';
import { DigestView } from './parts/digest-view.tsx';
import { TopBar } from './parts/top-bar.tsx';
import { pinnedGenesis } from './pin.ts';
import { firstLanguage, type Language, showLanguage, TextContext, textOf } from './text/language.ts';
import { keptTheme, showTheme } from './theme.ts';
import { sessionAccount } from './wallet.ts';

const isDigest = new URLSearchParams(location.search).has('digest');
const pinned = pinnedGenesis(location.hash);
const account = sessionAccount();
const client = createClient({ url: location.origin, account, ...(pinned === undefined ? {} : { genesis: pinned }) });

function Page() {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  const speak = (next: Language): void => {
    showLanguage(next);
    setLanguage(next);
  };
  return (
    <TextContext.Provider value={textOf(language)}>
      <TopBar language={language} onLanguage={speak} />
      {isDigest ? <DigestView /> : <App client={client} account={account} isPinned={pinned !== undefined} />}
    </TextContext.Provider>
  );
}

showTheme(keptTheme());
showLanguage(firstLanguage());
const place = document.getElementById('page');
if (!place) throw new Error('page.html has no #page');
place.replaceChildren();
render(<Page />, place);
