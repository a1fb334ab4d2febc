/** What a search came to: the score, the ensemble, where it errs, what it leans on, and the files to take along. */
import type { Bundle } from '../../../ml/bundle/bundle.ts';
import { noticeColumn, type Report, type ReportClass } from '../../../ml/report/report.ts';
import { WEIGHT_UNIT } from '../../../ml/search/selection.ts';
import type { Client } from '../../sdk/client.ts';
import { paramsText } from '../../sdk/params-text.ts';
import { scoreText } from '../../sdk/score-text.ts';
import { grouped } from '../format.ts';
import { Facts, Hex } from '../parts/facts.tsx';
import { TableHead } from '../parts/table-head.tsx';
import { BarList } from '../plots/bar-list.tsx';
import { HeatMap } from '../plots/heat-map.tsx';
import { MarkIcon } from '../plots/mark.tsx';
import { useText } from '../text/language.ts';
import { Downloads } from './downloads.tsx';
import { EndpointCard } from './endpoint-card.tsx';
import { type Found, hasModel } from './found.ts';

const COLUMNS_SHOWN = 12;
/** More classes make no picture that can be read; the report by class has them all. */
const CLASSES_DRAWN = 16;

interface ReportProps {
  readonly client: Client;
  readonly found: Found;
}

export function ReportChapter({ client, found }: ReportProps) {
  const { search } = useText();
  if (!hasModel(found)) return <p class="bad">{search.report.noModel}</p>;
  return <ReportView client={client} found={found} bundle={found.bundle} />;
}

function ReportView({ client, found, bundle }: ReportProps & { readonly bundle: Bundle }) {
  const { search } = useText();
  const text = search.report;
  const { report } = bundle;
  const { confusion, classes, importance } = report;
  return (
    <div class="report">
      <Score report={report} />
      <Members report={report} />
      {confusion && confusion.length <= CLASSES_DRAWN ? (
        <figure class="card">
          <figcaption>{text.confusion}</figcaption>
          <HeatMap
            caption={text.confusion}
            rowName={text.truth}
            columnName={text.predicted}
            names={bundle.classes}
            counts={confusion.flat()}
          />
        </figure>
      ) : null}
      {classes ? <ClassTable classes={classes} /> : null}
      {importance.length === 0 ? null : (
        <figure class="card">
          <figcaption>{text.importance}</figcaption>
          <BarList
            label={text.importance}
            bars={importance.slice(0, COLUMNS_SHOWN).map(({ column, share }) => ({ name: column, share }))}
          />
        </figure>
      )}
      <div class="card">
        <h3>{text.downloads}</h3>
        <Downloads found={found} bundle={bundle} />
        <Facts facts={[[text.receipt, <Hex key="hash" hex={report.leaderboardHash} />]]} />
      </div>
      <EndpointCard key={found.order.id} client={client} order={found.order.id} />
    </div>
  );
}

function Score({ report }: { readonly report: Report }) {
  const { search } = useText();
  const text = search.report;
  const { metric, score, sd, baseline, notices } = report;
  return (
    <div class="card accuracy">
      <p>
        <strong class="figure" data-score={score}>
          {score === undefined ? '–' : scoreText(metric, score)}
        </strong>
        <span>
          {text.score(search.metrics[metric])}
          {report.foldScores.length > 1 ? ` (± ${sd.toPrecision(2)})` : ''}
        </span>
      </p>
      {baseline === undefined ? null : <small>{text.baseline(scoreText(metric, baseline))}</small>}
      {notices.map((notice) => (
        <p key={notice} class="bad" data-notice={notice}>
          {text.reportNotices[notice](noticeColumn(report, notice))}
        </p>
      ))}
      <small>{text.opened}</small>
      <small>{text.rowCycles(grouped(report.rowCycles))}</small>
    </div>
  );
}

function Members({ report }: { readonly report: Report }) {
  const { search } = useText();
  const text = search.report;
  return (
    <div class="card scroll">
      <table>
        <caption>{text.ensemble}</caption>
        <TableHead texts={[search.family]} numbers={[text.weight]} />
        <tbody>
          {report.members.map(({ trial, family, params, weight, precision }) => (
            <tr key={trial}>
              <td>
                <MarkIcon family={family} />
                {search.families[family]}
                <small class="params">
                  {paramsText(params)}
                  {precision?.kind === 'int8' && ' · int8'}
                </small>
              </td>
              <td class="number">
                {weight}/{WEIGHT_UNIT}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ClassTable({ classes }: { readonly classes: readonly ReportClass[] }) {
  const { search } = useText();
  const text = search.report;
  return (
    <div class="card scroll">
      <table>
        <caption>{text.perClass}</caption>
        <TableHead texts={[text.truth]} numbers={[text.precision, text.recall, text.f1, text.support]} />
        <tbody>
          {classes.map(({ name, precision, recall, f1, support }) => (
            <tr key={name}>
              <td>{name}</td>
              <td class="number">{precision.toFixed(3)}</td>
              <td class="number">{recall.toFixed(3)}</td>
              <td class="number">{f1.toFixed(3)}</td>
              <td class="number">{grouped(support)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
