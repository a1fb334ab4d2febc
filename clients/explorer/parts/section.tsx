/** One chapter of the page. A chapter that has nothing to show yet says what it waits for. */
import type { ComponentChildren } from 'preact';

interface SectionProps {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  /** Shown instead of the children while set. */
  readonly wait?: string | undefined;
  readonly children?: ComponentChildren;
}

/** Moves focus and view there. Not by a fragment: that is where the visitor's pin is. */
export function focusChapter(id: string): void {
  const chapter = document.getElementById(id);
  chapter?.focus({ preventScroll: true });
  chapter?.scrollIntoView();
}

export function Section({ id, number, title, wait, children }: SectionProps) {
  return (
    <section
      id={id}
      tabIndex={-1}
      aria-labelledby={`${id}-title`}
      class={wait === undefined ? 'chapter' : 'chapter waiting'}
    >
      <h2 id={`${id}-title`}>
        <span class="chapter-number" aria-hidden="true">
          {number}
        </span>
        {title}
      </h2>
      {wait === undefined ? children : <p class="wait">{wait}</p>}
    </section>
  );
}
