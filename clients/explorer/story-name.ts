/** The page's stories: `/` brings a model from a table by a search, `/?story=network` one network to look at closely. */
export const STORY_NAMES = ['search', 'network'] as const;
export type StoryName = (typeof STORY_NAMES)[number];

export const storyNamed = (wish: string | null): StoryName => STORY_NAMES.find((name) => name === wish) ?? 'search';
