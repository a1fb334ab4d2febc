/** Takes one file, by drop or by dialogue. */
import { useState } from 'preact/hooks';

interface DropZoneProps {
  readonly label: string;
  /** As of an input's attribute. */
  readonly accept: string;
  readonly isBusy: boolean;
  readonly onFile: (file: File) => void;
}

export function DropZone({ label, accept, isBusy, onFile }: DropZoneProps) {
  const [isOver, setOver] = useState(false);
  const first = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file && !isBusy) onFile(file);
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    first(event.dataTransfer?.files);
  };
  const onDragOver = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <label
      class={isOver ? 'drop over' : 'drop'}
      onDrop={onDrop}
      onDragOver={onDragOver}
      onDragLeave={() => setOver(false)}
    >
      <input
        class="unseen"
        type="file"
        accept={accept}
        disabled={isBusy}
        onChange={(event) => {
          first(event.currentTarget.files);
          // The same file may be chosen again after it was mended.
          event.currentTarget.value = '';
        }}
      />
      <span>{label}</span>
    </label>
  );
}
