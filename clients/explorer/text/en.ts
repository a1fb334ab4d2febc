/** The page in English. text/zh.ts has the same keys, and its type says so. */
import type { SystemAccountName } from '../../../protocol/address.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import type { OrderState, Step } from '../../../protocol/order/lifecycle.ts';
import type { ReceiptCheck } from '../receipt-verdict.ts';
import type { StoryName } from '../story-name.ts';
import type { Theme } from '../theme.ts';
import { enSearch } from './en-search.ts';

export const en = {
  tag: 'en' as 'en' | 'zh',
  brand: 'HAI Chain',
  language: 'Language',
  theme: (theme: Theme) => `Theme: ${{ system: 'as the system', light: 'light', dark: 'dark' }[theme]}`,
  skip: 'Skip to the story',

  headline: 'One AI order, end to end — and you check it yourself',
  lead: 'Drop a table. It is encrypted here, a provider trains a model on it, another invocation checks the work before anyone is paid, and a block seals it all. Then this browser verifies the receipt without asking anybody.',

  stories: {
    label: 'Stories',
    names: { search: 'A model from a table', network: 'One network, closely' } satisfies Record<StoryName, string>,
  },

  search: enSearch,

  network: {
    title: 'Network',
    genesis: 'genesis',
    pinned: 'pinned by your link',
    unpinned: 'taken on trust: compare it with what your terminal printed',
    height: 'height',
    mode: 'mode',
    modes: {
      hosted: 'hosted',
      quorum: 'quorum',
    },
    modeHint: {
      hosted: 'One operator holds all 13 seat keys.',
      quorum: 'External nodes hold the seats.',
    },
    supply: 'supply',
    supplyBy: 'Where the supply is',
    classes: {
      users: 'accounts',
      escrow: 'escrow',
      bonds: 'bonds',
      minerPool: 'miner pool',
      vesting: 'vesting',
      burned: 'burned',
      swap: 'swap',
      seatPool: 'seat pool',
      founders: 'founders',
      devAndOps: 'development',
      foundation: 'foundation',
      operationsTeam: 'operations',
      marketing: 'marketing',
      batches: 'settled batches',
      reservations: 'reservations',
    } satisfies Record<SystemAccountName | 'users', string>,
    lost: 'The network does not answer. Trying again…',
  },

  data: {
    title: 'Your data',
    intro:
      'A CSV with a header row; the last column is what to predict. 20 % of the rows, chosen by their hash, are held out: their labels never leave this tab.',
    drop: 'Drop a CSV here, or choose a file',
    sample: 'Use the 1,797 handwritten digits',
    sampleNote: 'Alpaydin and Kaynak, UCI Machine Learning Repository, CC BY 4.0',
    reading: 'Reading…',
    rows: 'rows',
    features: 'features',
    classes: 'classes',
    target: 'target',
    split: (train: string, heldOut: string) => `${train} rows to train on, ${heldOut} held out`,
    refused: 'This table can’t be used',
    fault: (row: string, column: string, what: string) => `Row ${row}, column ${column}: ${what}`,
  },

  order: {
    title: 'Order a training',
    wait: 'Choose a data set first.',
    wallet: 'Your account',
    walletNote: 'A key made in this tab for this visit. It survives a reload, is gone with the tab, and never travels.',
    balance: 'balance',
    faucet: 'Get 1,000 test HAI',
    funding: 'The faucet is paying…',
    hidden: 'Hidden units',
    epochs: 'Epochs',
    limit: 'Price limit (HAI)',
    limitHint: 'Held in escrow. You pay the quote; the rest comes back.',
    quote: 'Live quote',
    quoteNote: 'Recomputed in this browser from the price table and the genesis; the network said the same.',
    quoting: 'Quoting…',
    cycles: 'HPU cycles',
    place: 'rank',
    provider: 'provider',
    region: 'region',
    price: 'price',
    seconds: 'time',
    train: 'Encrypt, sign and order',
    again: 'Order again',
    fixed: (batch: number, seed: string) =>
      `SGD with batches of ${batch}, seed ${seed}: anyone with the data can replay it bit for bit.`,
  },

  live: {
    title: 'The seven steps, live',
    wait: 'The steps appear here as soon as an order is placed.',
    train: 'Training order',
    predict: 'Prediction order',
    cheat: 'Prediction order with a cheating provider',
    preparing: 'Encrypting the data and signing the order in this browser…',
    progress: (chunk: number, chunks: number) => `chunk ${chunk} of ${chunks}`,
    done: (step: string, place: number) => `${step} done, step ${place} of 7`,
    waiting: 'waiting',
    running: 'running',
    attempts: 'Providers',
    attempt: (number: number) => `attempt ${number}`,
    verdicts: {
      pending: 'working',
      passed: 'checked and paid',
      failed: 'caught: not paid',
    },
    checked: { passed: 'checked, not paid yet' },
    methods: {
      recompute: 'recomputed',
      freivalds: 'Freivalds’ test; small products recomputed',
      replay: 'sampled chunks replayed',
    },
    paths: {
      direct: 'by direct call',
      queue: 'through a queue',
    },
    quote: 'quote',
    quoteAtMost: 'quote, at most',
    used: 'for what was used',
    bill: 'bill',
    different: 'different',
    limit: 'limit',
    refund: 'refund',
    inBlock: (height: string) => `Final in block ${height}`,
    states: {
      open: 'open',
      matched: 'matched',
      computed: 'computed',
      checked: 'checked',
      confirmed: 'confirmed',
      settled: 'settled',
      cancelled: 'cancelled, refunded',
      expired: 'expired, refunded',
      unserved: 'no provider left, refunded',
    } satisfies Record<OrderState, string>,
  },

  steps: {
    intake: ['Intake', 'Signature, nonce and price limit checked; the limit goes into escrow.'],
    match: ['Match', 'The rule picks a provider anyone can recompute; the provider signs its acceptance.'],
    compute: ['Compute', 'The HPU kernels run, chunk by chunk, each logged in a hash chain.'],
    prove: ['Prove', 'Another invocation checks the result before anything is paid.'],
    settle: ['Settle', 'Escrow pays the bill; the rest returns to you.'],
    seal: ['Seal', 'A quorum of 13 seats signs the block: final.'],
    deliver: ['Deliver', 'Whoever subscribed is told, in order and without a gap.'],
  } satisfies Record<Step, readonly [string, string]>,

  result: {
    title: 'What came back',
    wait: 'The model’s predictions of the held-out rows appear here.',
    accuracy: 'accuracy on rows whose labels never left this tab',
    right: (right: string, rows: string) => `${right} of ${rows} right, counted in this tab`,
    opened: 'Decrypted here, and equal to the result root that was checked and sealed.',
    sample: 'Some of the held-out rows. A wrong prediction is struck out, the truth beside it.',
    digit: (predicted: string, truth: string) => `predicted ${predicted}, truly ${truth}`,
    recompute: 'Recompute it in this browser',
    recomputing: 'Running the HPU kernels here…',
    same: (bytes: string, ms: string) => `Identical: ${bytes} bytes, bit for bit, in ${ms} on your machine.`,
    differs: 'Not identical. The network’s result is not what its model gives.',
  },

  proof: {
    title: 'The block and its receipt: verify them yourself',
    wait: 'A finished order has a receipt.',
    note: 'The receipt of your training order. Everything below runs in this browser, offline: genesis, headers, the seats’ signatures, Merkle paths, and the order’s story.',
    noteSearch:
      'The receipt of your search. Everything below runs in this browser, offline: genesis, headers, the seats’ signatures, Merkle paths, and the order’s story, with the bill of what was computed.',
    pin: 'Genesis hash to trust',
    verify: 'Verify receipt',
    tamper: 'Tamper with it',
    download: 'Download receipt.json',
    accepted: 'The receipt holds',
    refused: 'Refused',
    tampered: (position: string, bytes: string, before: string, after: string) =>
      `Byte ${position} of ${bytes} changed from ${before} to ${after}.`,
    checks: {
      form: ['Form', 'The file is exactly the canonical encoding of a receipt.'],
      network: ['Network', 'Its genesis hashes to the one that you trust.'],
      certificates: [
        'Certificates',
        'Each block is signed by a quorum of the 13 seats, or is what such a block stands on.',
      ],
      inclusion: ['Inclusion', 'Each transaction and its outcome lie in their block, by Merkle path.'],
      story: [
        'Story',
        'All signatures verify, and the order went open, match, work, result, settle; the bill is the quote.',
      ],
    } satisfies Record<ReceiptCheck, readonly [string, string]>,
    passed: 'passed',
    notMade: 'not made',
    counts: (blocks: number, signatures: number, transactions: number) =>
      `${blocks} blocks, ${signatures} seat signatures, ${transactions} transactions`,
    proves: 'Proved: inclusion, finality, attestation. That the result is right is proved by recomputing it, as above.',
    offline: 'The same without a browser:',
    broken: 'A changed receipt was accepted. That must never happen.',
  },

  cheat: {
    title: 'Let a provider cheat',
    wait: 'Train a model first.',
    note: 'The best-ranked provider flips one byte of a matrix product in the next prediction. Watch what the check makes of it.',
    run: 'Order with a cheating provider',
    caught: 'Caught before payment. Another provider finished the order, and the bill still equals its quote.',
    uncaught: 'The provider was not caught.',
    receipt: (liar: string, paid: string) =>
      `By the verified receipt: ${liar} failed the check and was paid nothing; ${paid} was paid.`,
    production: 'Cheating on demand is possible on development networks only.',
  },

  block: {
    title: 'Block',
    latest: 'Latest blocks',
    height: 'height',
    hash: 'hash',
    parent: 'parent',
    time: 'time',
    region: 'sealed in',
    proposer: 'proposer seat',
    regime: 'regime',
    txRoot: 'transactions root',
    receiptRoot: 'outcomes root',
    stateRoot: 'state root',
    resourceRoot: 'resource table root',
    electionRoot: 'seat set root',
    cycles: 'cycles billed',
    supply: 'supply',
    minted: 'minted here',
    burned: 'burned here',
    seats: (signed: number) => `${signed} of 13 seats signed`,
    transactions: 'transactions',
    outcome: 'outcome',
    applied: 'applied',
    show: (height: string) => `Show block ${height}`,
    none: 'No block yet.',
    raw: 'as JSON',
  },

  errors: {
    unreachable: 'The network does not answer',
    untrusted: 'The network said something false',
    fault: 'Something went wrong in this page',
    titles: {} as Partial<Record<ErrorCode, string>>,
  },

  footer: {
    api: 'API',
    openapi: 'openapi.json',
    licence: 'GPL-3.0-or-later',
    note: 'A software HPU: cycles are counted exactly, times are measured where it runs.',
  },

  digest: {
    title: 'Digest of this machine',
    note: 'Fixed kernel and training jobs, hashed. Every machine that may vote on results gives the same hex.',
    running: 'Running…',
  },
};

export type Text = typeof en;
