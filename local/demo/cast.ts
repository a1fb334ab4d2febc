/** Where the demo's requests come from, as Cloudflare describes it in `request.cf`. */
export const PLACES = {
  munich: { continent: 'EU', country: 'DE', longitude: '11.58', latitude: '48.14', colo: 'MUC' },
  newYork: { continent: 'NA', country: 'US', longitude: '-74.01', latitude: '40.71', colo: 'EWR' },
  shanghai: { continent: 'AS', country: 'CN', longitude: '121.47', latitude: '31.23', colo: 'PVG' },
  saoPaulo: { continent: 'SA', country: 'BR', longitude: '-46.63', latitude: '-23.55', colo: 'GRU' },
  sydney: { continent: 'OC', country: 'AU', longitude: '151.21', latitude: '-33.87', colo: 'SYD' },
} as const;
export type Place = keyof typeof PLACES;
