/** The model card's words. */
import type { Metric, Precision, SearchSpec } from '../search/search.ts';
import type { Family } from '../trainers/trainer.ts';
import type { LeaderboardRow } from './leaderboard.ts';
import type { ReportNotice } from './report.ts';

export type Language = 'en' | 'zh';

export interface CardText {
  readonly title: (target: string) => string;
  readonly what: (task: string, rows: number, columns: number) => string;
  readonly tasks: Readonly<Record<SearchSpec['task'], string>>;
  readonly metrics: Readonly<Record<Metric, string>>;
  readonly families: Readonly<Record<Family, string>>;
  /** Of a network: what it is delivered in, with the scores of the first fold. */
  readonly precisions: Readonly<Record<Precision['kind'], (float: string, int8: string) => string>>;
  readonly states: Readonly<Record<LeaderboardRow['state'], string>>;
  /** `column`: of those that are about one. */
  readonly notices: Readonly<Record<ReportNotice, (column: string) => string>>;
  readonly scoredBy: (folds: number) => string;
  readonly scoreTitle: string;
  readonly noScore: string;
  readonly baseline: string;
  readonly noticeTitle: string;
  readonly memberTitle: string;
  readonly classTitle: string;
  readonly classHead: readonly string[];
  readonly importanceTitle: string;
  readonly boardTitle: string;
  readonly boardHead: readonly string[];
  readonly originTitle: string;
  readonly cost: string;
  readonly rowCost: string;
  readonly seed: string;
  readonly boardHash: string;
}

const en: CardText = {
  title: (target) => (target === '' ? 'Clusters' : `A model of ${target}`),
  what: (task, rows, columns) => `${task}, learned from ${rows} rows of ${columns} columns.`,
  tasks: { classes: 'Classification', values: 'Regression', clusters: 'Clustering' },
  metrics: {
    accuracy: 'accuracy',
    balancedAccuracy: 'balanced accuracy',
    logLoss: 'log loss',
    rocAuc: 'area under the ROC curve',
    r2: 'R²',
    rmse: 'root mean squared error',
    mae: 'mean absolute error',
    silhouette: 'silhouette',
  },
  families: {
    ridge: 'ridge regression',
    logistic: 'logistic regression',
    extraTrees: 'extra trees',
    randomForest: 'random forest',
    boost: 'gradient-boosted trees',
    mlp: 'multi-layer perceptron',
    cnn: 'convolutional network',
    kmeans: 'k-means',
  },
  precisions: {
    int8: (float, int8) => `in int8 on the HPU: ${int8} in the first fold, ${float} in floats`,
    f32: (float, int8) => `in floats: ${float} in the first fold, ${int8} in int8`,
  },
  states: { done: 'done', capped: 'stopped at its cap', failed: 'failed' },
  notices: {
    noBetterThanPrior: () =>
      'It does not clearly score better than always guessing the commonest class, or the mean. Do not rely on it.',
    fewRows: () => 'There are few rows: a few of them decide the scores.',
    memberDropped: () =>
      'A member of the ensemble could not be fitted to all rows, or made predicting too dear, and was left out.',
    lowEffortOnly: () => 'No candidate was tried in full within the budget: the scores are rough.',
    rareClass: () => 'Some class has very few rows: do not expect it to be recognised.',
    rowsRepeated: () =>
      'Many rows are equal in every column. Equal rows are scored together, so that none is known from training.',
    classesUneven: () =>
      'One class has most of the rows, so that accuracy says little. The metric balancedAccuracy counts classes alike.',
    rowsNearlyRepeated: (column) =>
      `Many rows are equal in every column but ${column}, which only names them. Such rows are scored together, so that none is known from training.`,
    columnTells: (column) =>
      `${column} alone tells the target. Is it known when you predict? If it is a copy of the target, or comes after it, leave it out.`,
    rowsFollowDate: (column) =>
      `The rows follow ${column}, and were scored among days before and after them. Of days to come the score says nothing: hold the last ones back and predict them.`,
  },
  scoredBy: (folds) => (folds > 1 ? `on rows not learned from, in ${folds} folds` : 'on held-out rows'),
  scoreTitle: 'How good it is',
  noScore: 'There is no target to score by.',
  baseline: 'The same without any model',
  noticeTitle: 'What to mind',
  memberTitle: 'What it is made of',
  classTitle: 'Class by class',
  classHead: ['class', 'rows', 'precision', 'recall', 'F1'],
  importanceTitle: 'What it goes by',
  boardTitle: 'What was tried',
  boardHead: ['rank', 'family', 'parameters', 'score', 'HPU cycles'],
  originTitle: 'Where it is from',
  cost: 'HPU cycles of trials, ensemble and final fits',
  rowCost: 'HPU cycles to predict a row',
  seed: 'Seed',
  boardHash: 'Hash of the leaderboard',
};

const zh: CardText = {
  title: (target) => (target === '' ? '聚类模型' : `“${target}”的预测模型`),
  what: (task, rows, columns) => `${task}，由 ${rows} 行、${columns} 列数据训练而成。`,
  tasks: { classes: '分类', values: '回归', clusters: '聚类' },
  metrics: {
    accuracy: '准确率',
    balancedAccuracy: '平衡准确率',
    logLoss: '对数损失',
    rocAuc: 'ROC 曲线下面积',
    r2: 'R²',
    rmse: '均方根误差',
    mae: '平均绝对误差',
    silhouette: '轮廓系数',
  },
  families: {
    ridge: '岭回归',
    logistic: '逻辑回归',
    extraTrees: '极端随机树',
    randomForest: '随机森林',
    boost: '梯度提升树',
    mlp: '多层感知机',
    cnn: '卷积网络',
    kmeans: 'k 均值',
  },
  precisions: {
    int8: (float, int8) => `以 int8 在 HPU 上运行：首折得分 ${int8}，浮点为 ${float}`,
    f32: (float, int8) => `以浮点运行：首折得分 ${float}，int8 为 ${int8}`,
  },
  states: { done: '完成', capped: '达到上限后停止', failed: '失败' },
  notices: {
    noBetterThanPrior: () => '得分并未明显高于总猜最常见类别（或平均值）。请勿依赖此模型。',
    fewRows: () => '数据行太少，个别行就能左右得分。',
    memberDropped: () => '集成中有成员未能在全部数据上重新训练，或使预测过于昂贵，已被去除。',
    lowEffortOnly: () => '预算之内没有候选得到完整评估，得分较为粗略。',
    rareClass: () => '有的类别行数极少，不要指望能识别它。',
    rowsRepeated: () => '许多行在各列上完全相同。相同的行总是一起评分，因此没有一行在训练时已见过。',
    classesUneven: () => '大多数行属于同一类别，准确率说明不了什么。指标 balancedAccuracy 对各类别一视同仁。',
    rowsNearlyRepeated: (column) =>
      `除“${column}”外，许多行在各列上完全相同，而该列只是行的编号或标记。这样的行总是一起评分，因此没有一行在训练时已见过。`,
    columnTells: (column) =>
      `单凭“${column}”一列就能得知目标。预测时已经知道它吗？如果它是目标的副本，或在目标之后才产生，请去掉这一列。`,
    rowsFollowDate: (column) =>
      `各行按“${column}”排序，评分时前后日期的行都已学习过。得分不能说明对未来日期的预测：请留出最后一段日期另行检验。`,
  },
  scoredBy: (folds) => (folds > 1 ? `${folds} 折交叉验证，均在未学习过的行上评分` : '在留出的行上评分'),
  scoreTitle: '效果如何',
  noScore: '没有可供评分的目标列。',
  baseline: '不用任何模型时',
  noticeTitle: '注意事项',
  memberTitle: '模型组成',
  classTitle: '各类别表现',
  classHead: ['类别', '行数', '精确率', '召回率', 'F1'],
  importanceTitle: '依据哪些列',
  boardTitle: '尝试过的候选',
  boardHead: ['名次', '类型', '参数', '得分', 'HPU 周期'],
  originTitle: '来源',
  cost: '试验、集成与最终训练的 HPU 周期',
  rowCost: '预测一行的 HPU 周期',
  seed: '随机种子',
  boardHash: '排行榜的哈希',
};

export const CARD_TEXTS: Readonly<Record<Language, CardText>> = { en, zh };
