/** Where the searches of this tab are kept (kept.ts): apart from it, since the first load asks only whether there are any. */
export const KEPT_KEY = 'hai-searches';

export const isAnyKept = (): boolean => sessionStorage.getItem(KEPT_KEY) !== null;
