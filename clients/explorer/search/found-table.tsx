/** What was found in the visitor's file, what was repaired, and where it can be corrected. */
import { noticeText } from '../../../ml/table/notice-text.ts';
import type { ColumnReport, Notice, ReadOptions } from '../../../ml/table/report.ts';
import { classesOf, columnsOf, taskOf } from '../../../ml/table/shape.ts';
import { grouped } from '../format.ts';
import { Facts } from '../parts/facts.tsx';
import { SelectField } from '../parts/select-field.tsx';
import { useText } from '../text/language.ts';
import { ColumnTable } from './column-table.tsx';
import type { ReadFile } from './read-file.ts';
import { shownReading } from './reading.ts';
import { ReadingFields } from './reading-fields.tsx';

interface FoundProps {
  readonly read: ReadFile;
  readonly isBusy: boolean;
  readonly onChange: (options: ReadOptions) => void;
}

export function FoundTable({ read, isBusy, onChange }: FoundProps) {
  const { search } = useText();
  const text = search.data;
  const { options, source } = read;
  const { table, columns, notices } = read.read;
  const { target, features } = table;
  const classes = classesOf(table);
  const reading = shownReading(read.read, options);
  return (
    <div class="card found" data-target={target.kind === 'none' ? '' : target.name} data-task={taskOf(table)}>
      <h3>{source.name}</h3>
      <Facts
        facts={[
          [text.rows, grouped(table.rows)],
          features.kind === 'columns'
            ? [text.columns, grouped(columnsOf(table))]
            : [text.columns, text.images(features.height, features.width, features.channels)],
          [text.target, target.kind === 'none' ? '–' : target.name],
          [text.task, classes > 0 ? text.ofClasses(classes) : text.tasks[taskOf(table)]],
        ]}
      />
      {columns.length === 0 ? null : (
        <>
          <div class="fields">
            <SelectField
              label={text.target}
              value={target.kind === 'none' ? '' : target.name}
              options={[...(target.kind === 'none' ? [['', '–'] as const] : []), ...columns.map(nameTwice)]}
              isDisabled={isBusy}
              onSelect={(name) => onChange(withTarget(options, name))}
            />
            <SelectField
              label={text.task}
              value={taskOf(table)}
              options={(['classes', 'values', 'clusters'] as const).map((task) => [task, text.tasks[task]])}
              isDisabled={isBusy}
              onSelect={(task) => onChange(withTask(options, task))}
            />
          </div>
          {reading ? <ReadingFields shown={reading} options={options} isBusy={isBusy} onChange={onChange} /> : null}
          <ColumnTable columns={columns} options={options} isBusy={isBusy} onChange={onChange} />
        </>
      )}
      <Notices notices={notices} />
    </div>
  );
}

const nameTwice = ({ name }: ColumnReport) => [name, name] as const;

/** The task is recognised anew, and the new target is no longer left out. */
function withTarget({ task: _, columns, ...options }: ReadOptions, target: string): ReadOptions {
  const { [target]: __, ...others } = columns ?? {};
  return { ...options, target, columns: others };
}

function withTask({ task: _, target, ...options }: ReadOptions, task: string): ReadOptions {
  if (task === 'clusters') return { ...options, target: null };
  const kept = typeof target === 'string' ? { target } : {};
  return { ...options, ...kept, task: task === 'values' ? 'values' : 'classes' };
}

function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  const { search, tag: language } = useText();
  const text = search.data;
  if (notices.length === 0) return null;
  return (
    <div class="notices">
      <h4>{text.notices}</h4>
      <ul>
        {notices.map((notice) => {
          const said = noticeText(notice, language);
          return <li key={said}>{said}</li>;
        })}
      </ul>
    </div>
  );
}
