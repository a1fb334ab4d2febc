/** Which of the two stories the page tells: links, since each is an address of its own. */
import { STORY_NAMES, type StoryName } from '../story-name.ts';
import { useText } from '../text/language.ts';

/** The same address with another story: language and pin stay. */
function hrefOf(name: StoryName): string {
  const query = new URLSearchParams(location.search);
  if (name === 'search') query.delete('story');
  else query.set('story', name);
  return `${location.pathname}${query.size === 0 ? '' : `?${query}`}${location.hash}`;
}

export function StorySwitch({ current }: { readonly current: StoryName }) {
  const { stories: text } = useText();
  return (
    <nav class="stories" aria-label={text.label}>
      {STORY_NAMES.map((name) => (
        <a key={name} href={hrefOf(name)} aria-current={name === current ? 'page' : undefined}>
          {text.names[name]}
        </a>
      ))}
    </nav>
  );
}
